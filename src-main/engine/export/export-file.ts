/** A file of an export, before it is on disk. */
export interface ExportFile {
  readonly name: string;
  /** Text is written as UTF-8. */
  readonly content: string | Uint8Array;
}
