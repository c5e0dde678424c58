import { closeSync, openSync, readSync, utimesSync } from 'node:fs';
import { isErrno } from '../../system/durable-file.ts';
import { isGone, removeSegmentSync, rowsFile } from './segment-files.ts';
import type { SegmentWriter } from './segment-writer.ts';

/** A segment as a table of this process uses it: opened when a row is first asked for, or being written. */
export class TableSegment {
  readonly #folder: string;
  readonly name: string;
  readonly #isForeign: boolean;
  #rowCount: number;
  #writer: SegmentWriter | null = null;
  #descriptor: number | null = null;
  #isGone = false;

  /** @param isForeign  whether another process may still be writing it. */
  constructor(folder: string, name: string, rowCount: number, isForeign: boolean) {
    this.#folder = folder;
    this.name = name;
    this.#rowCount = rowCount;
    this.#isForeign = isForeign;
  }

  static ofWriter(folder: string, writer: SegmentWriter): TableSegment {
    const segment = new TableSegment(folder, writer.name, 0, false);
    segment.#writer = writer;
    segment.#descriptor = writer.rowsDescriptor;
    return segment;
  }

  /** The writer, while rows can be added. */
  get writer(): SegmentWriter | null {
    return this.#writer;
  }

  get isOpen(): boolean {
    return this.#descriptor !== null;
  }

  /**
   * Whether the row can be read. From the first such row on the file is open, and stays readable even if another process
   * evicts it. Notes the time of use: the least recently used segments are evicted first.
   */
  has(row: number): boolean {
    if (this.#isGone || row >= (this.#writer?.rowCount ?? this.#rowCount)) return false;
    if (this.#descriptor !== null) return true;
    const file = rowsFile(this.#folder, this.name);
    try {
      this.#descriptor = openSync(file, 'r');
      const now = new Date();
      utimesSync(file, now, now);
    } catch (error) {
      if (isGone(error)) this.#isGone = this.#descriptor === null;
      else if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS') || this.#descriptor === null) throw error;
    }
    return !this.#isGone;
  }

  /**
   * Bytes of a row that the segment `has`, valid until the next call; null where the disk does not give them whole.
   *
   * @param scratch  [size of a row], to read into. Borrowed.
   */
  read(row: number, scratch: Uint8Array): Uint8Array | null {
    const pending = this.#writer?.pendingRow(row) ?? null;
    if (pending !== null || this.#descriptor === null) return pending;
    try {
      for (let done = 0; done < scratch.length;) {
        const position = row * scratch.length + done;
        const count = readSync(this.#descriptor, scratch, done, scratch.length - done, position);
        if (count === 0) return null;
        done += count;
      }
    } catch (error) {
      if (isErrno(error, 'EIO')) return null; // a bad sector
      throw error;
    }
    return scratch;
  }

  /** Ends writing. Settles when what was written has reached the disk; reading goes on. */
  seal(): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return Promise.resolve();
    const sealed = writer.seal();
    this.#rowCount = writer.rowCount; // by now all are in the file, or lost
    this.#writer = null;
    return sealed;
  }

  /** Gives the segment up because it is to be evicted; false if it is in use. */
  release(): boolean {
    if (this.#descriptor !== null) return false;
    this.#isGone = true;
    return true;
  }

  /** Puts a damaged segment out of the way; what another process may be writing is left to it. */
  discard(): void {
    this.#isGone = true;
    if (!this.#isForeign) removeSegmentSync(this.#folder, this.name);
  }

  /** After sealing. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#isGone = true;
  }
}
