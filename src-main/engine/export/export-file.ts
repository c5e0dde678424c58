/** A file of an export, before it is on disk. */
export interface ExportFile {
  /** Relative to the folder of the format; may lie deeper, as "a/b.bin". */
  readonly name: string;
  /** Text is written as UTF-8. */
  readonly content: string | Uint8Array;
}
