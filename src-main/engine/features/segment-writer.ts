import { closeSync, constants, fdatasync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { renameDurably } from '../../system/durable-file.ts';
import {
  checksum,
  HASH_BYTES,
  isGone,
  KEY_BYTES,
  keysFile,
  newSegmentName,
  removeSegment,
  removeSegmentSync,
  rowsFile,
  unsealedKeysFile,
  writingEnded,
} from './segment-files.ts';

/** Rows gather in memory up to this size: hundreds of embeddings, or a few activations, in one write. */
const BUFFER_BYTES = 2 ** 20;

const syncData = promisify(fdatasync);

/** Appends rows to a new segment. Writes are synchronous: the 5 MB of a batch take 1 to 3 ms, and 180 to compute. */
export class SegmentWriter {
  readonly name = newSegmentName();
  /** Open for reading too; the caller closes it once the segment is sealed and read no more. */
  readonly rowsDescriptor: number;
  readonly #keysDescriptor: number;
  readonly #folder: string;
  readonly #rowBytes: number;
  readonly #segmentBytes: number;
  readonly #rows: Uint8Array;
  readonly #keys: Buffer;
  #flushedCount = 0;
  #pendingCount = 0;

  /** @param segmentBytes  largest size of all rows, unless a single one is larger. */
  constructor(folder: string, rowBytes: number, segmentBytes: number) {
    const bufferedRows = Math.max(1, Math.floor(BUFFER_BYTES / rowBytes));
    this.#folder = folder;
    this.#rowBytes = rowBytes;
    this.#segmentBytes = segmentBytes;
    this.#rows = new Uint8Array(bufferedRows * rowBytes);
    this.#keys = Buffer.alloc(bufferedRows * KEY_BYTES);
    // Keys first: rows without keys are what a removal leaves behind, and are cleaned away.
    this.#keysDescriptor = create(folder, unsealedKeysFile(folder, this.name), constants.O_WRONLY);
    try {
      this.rowsDescriptor = create(folder, rowsFile(folder, this.name), constants.O_RDWR);
    } catch (error) {
      closeSync(this.#keysDescriptor);
      writingEnded(this.name);
      removeSegmentSync(folder, this.name);
      throw error;
    }
  }

  /** Rows so far, those in memory among them. After a failed write: those before it. */
  get rowCount(): number {
    return this.#flushedCount + this.#pendingCount;
  }

  get isFull(): boolean {
    return (this.rowCount + 1) * this.#rowBytes > this.#segmentBytes && this.rowCount > 0;
  }

  /**
   * Takes a row.
   *
   * @param hash  of the picture, 32 bytes. Borrowed.
   * @param row   Borrowed.
   * @returns     its checksum.
   * @throws the system's error if the disk takes no more. The segment then is to be sealed: it holds what came before.
   */
  append(hash: Buffer, row: Uint8Array): number {
    const crc = checksum(hash, row);
    this.#rows.set(row, this.#pendingCount * this.#rowBytes);
    this.#keys.set(hash, this.#pendingCount * KEY_BYTES);
    this.#keys.writeUInt32LE(crc, this.#pendingCount * KEY_BYTES + HASH_BYTES);
    this.#pendingCount++;
    if (this.#pendingCount * KEY_BYTES === this.#keys.length) this.flush();
    return crc;
  }

  /** A row that is still in memory, or null. Valid until the next append. */
  pendingRow(row: number): Uint8Array | null {
    const at = (row - this.#flushedCount) * this.#rowBytes;
    return at < 0 ? null : this.#rows.subarray(at, at + this.#rowBytes);
  }

  /** Hands the rows in memory to the system. Throws as `append` does. */
  flush(): void {
    const count = this.#pendingCount;
    this.#pendingCount = 0; // whether or not the disk takes them
    try {
      writeWhole(this.rowsDescriptor, this.#rows, count * this.#rowBytes, this.#flushedCount * this.#rowBytes);
      writeWhole(this.#keysDescriptor, this.#keys, count * KEY_BYTES, this.#flushedCount * KEY_BYTES);
      this.#flushedCount += count;
    } catch (error) {
      ftruncateSync(this.#keysDescriptor, this.#flushedCount * KEY_BYTES);
      ftruncateSync(this.rowsDescriptor, this.#flushedCount * this.#rowBytes);
      throw error;
    }
  }

  /**
   * Brings everything to the disk for good and makes the segment one that is believed; an empty one goes. Nothing can be
   * appended afterwards. If it fails, the next opening verifies and seals what is there.
   */
  async seal(): Promise<void> {
    try {
      let failure: unknown = null;
      try {
        this.flush();
      } catch (error) {
        failure = error; // what came before is sealed all the same
      }
      await this.#close();
      if (this.#flushedCount === 0) await removeSegment(this.#folder, this.name);
      else await this.#rename();
      if (failure !== null) throw failure;
    } finally {
      writingEnded(this.name);
    }
  }

  async #close(): Promise<void> {
    try {
      if (this.#flushedCount === 0) return;
      await syncData(this.rowsDescriptor);
      await syncData(this.#keysDescriptor);
    } finally {
      closeSync(this.#keysDescriptor);
    }
  }

  async #rename(): Promise<void> {
    try {
      await renameDurably(unsealedKeysFile(this.#folder, this.name), keysFile(this.#folder, this.name));
    } catch (error) {
      if (!isGone(error)) throw error; // removed as damaged, or by a process that took this one for dead
    }
  }
}

/** A new file. The folder is made if it is not there, as often as another process may remove it as empty. */
function create(folder: string, file: string, access: number): number {
  for (let triesLeft = 5; ; triesLeft--) {
    try {
      return openSync(file, access | constants.O_CREAT | constants.O_EXCL);
    } catch (error) {
      if (!isGone(error) || triesLeft === 0) throw error;
      mkdirSync(folder, { recursive: true });
    }
  }
}

/** `writeSync` may take a part: a disk that fills up takes what fits and fails at the next call. */
function writeWhole(descriptor: number, bytes: Uint8Array, length: number, position: number): void {
  for (let done = 0; done < length;) done += writeSync(descriptor, bytes, done, length - done, position + done);
}
