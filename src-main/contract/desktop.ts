/**
 * What the Electron preload puts on `window.desktop`. Absent in a browser: every use has a fallback there.
 * `DroppedFile` is the page's `File`, which this side cannot name.
 */
export interface Desktop<DroppedFile> {
  /** Opens the system's folder dialog; null when the user closes it. */
  pickFolder(): Promise<string | null>;
  /** Real path of a dropped file or folder; empty for files that page code made. */
  pathOfFile(file: DroppedFile): string;
  /** Lets the system drag a file, by its full path, from where the pointer is. To be called within `dragstart`. */
  startDrag(path: string): void;
  /** Shows a file or folder in the system's file manager. */
  revealInFolder(path: string): Promise<void>;
}
