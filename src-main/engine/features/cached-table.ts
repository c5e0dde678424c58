import { statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { leaveFreeBytes } from './cache-limit.ts';
import { readSegment, type ReadSegment } from './read-segment.ts';
import type { RowCodec, RowValues } from './row-codec.ts';
import { RowIndex } from './row-index.ts';
import { checksum, HASH_BYTES, KEY_BYTES, listSegments, TABLE_FILE } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';
import { TableSegment } from './table-segment.ts';

export interface TableOptions {
  /** Made at the first append. */
  readonly folder: string;
  readonly codec: RowCodec;
  readonly segmentBytes: number;
  /** Text of `table.json`, which says in words what the table is. */
  readonly description: string;
  readonly onClose: () => void;
}

/**
 * One kind of activation, a row a picture: pixels, embeddings or activations at a cut, of one variant. Made by
 * `ActivationCache.openTable`; the caller closes it.
 */
export class CachedTable {
  readonly #options: TableOptions;
  readonly #index = new RowIndex();
  readonly #segments: TableSegment[] = [];
  readonly #scratch: Uint8Array;
  readonly #sealing = new Set<Promise<void>>();
  #sealFailure: { readonly error: unknown } | null = null;
  /** The last segment, while it is written. */
  #writing: TableSegment | null = null;

  constructor(options: TableOptions, segments: readonly ReadSegment[]) {
    this.#options = options;
    this.#scratch = new Uint8Array(options.codec.rowBytes);
    for (const { name, rowCount, keys, isBeingWritten } of segments) {
      const segment = this.#segments.push(new TableSegment(options.folder, name, rowCount, isBeingWritten)) - 1;
      for (let row = 0; row < rowCount; row++) {
        const key = keys.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES);
        if (!isBlank(key)) this.#index.put(key, { segment, row, crc: key.readUInt32LE(HASH_BYTES) });
      }
    }
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** What a row takes of the disk. */
  get rowBytes(): number {
    return this.#options.codec.rowBytes + KEY_BYTES;
  }

  /** Whether the picture's row can be read. From then on it can be until the table is closed: nobody's eviction takes it away. */
  has(imageSha256: string): boolean {
    return this.#find(Buffer.from(imageSha256, 'hex')) !== null;
  }

  /**
   * Copies rows into `target`, one after another, decoded. Synchronous, for the training loop.
   *
   * @param imageSha256s  pictures that the table `has`.
   * @param target        [imageSha256s.length, length]: Uint8Array for `uint8`, else Float32Array. Borrowed.
   * @throws EngineError `cache/corrupt` if a row is not what was written. What is damaged has been removed by then, so
   *         that starting again computes it anew.
   */
  read(imageSha256s: readonly string[], target: Float32Array | Uint8Array): void {
    const length = target.length / imageSha256s.length;
    imageSha256s.forEach((imageSha256, index) => {
      const hash = Buffer.from(imageSha256, 'hex');
      const found = this.#find(hash);
      if (found === null) throw new Error(`The cache holds no row of picture ${imageSha256}: ask has() first.`);
      const bytes = found.segment.read(found.row, this.#scratch);
      if (bytes === null || checksum(hash, bytes) !== found.crc) throw this.#damaged(found.segment, imageSha256);
      this.#options.codec.decode(bytes, target.subarray(index * length, (index + 1) * length));
    });
  }

  /**
   * Adds rows; those that are there already are left as they are. They can be read at once; they survive a kill when a
   * megabyte of them has gathered, and a power cut after `seal`.
   *
   * @param values  [imageSha256s.length, length]: Uint8Array for `uint8`, Float32Array for the others, or a Uint16Array of
   *                bits in the table's precision. Borrowed.
   * @throws EngineError `storage/full` if the disk is about to be full, or the system's ENOSPC if it is. The table stays
   *         usable, without the rows of up to a megabyte that were still in memory.
   */
  append(imageSha256s: readonly string[], values: RowValues): void {
    const length = values.length / imageSha256s.length;
    imageSha256s.forEach((imageSha256, index) => {
      const hash = Buffer.from(imageSha256, 'hex');
      if (this.#find(hash) !== null) return;
      const bytes = this.#options.codec.encode(values.subarray(index * length, (index + 1) * length));
      const writer = this.#writerWithRoom();
      const row = writer.rowCount;
      try {
        this.#index.put(hash, { segment: this.#segments.length - 1, row, crc: writer.append(hash, bytes) });
      } catch (error) {
        this.#retireWriter(); // a row number means one row: what was lost must not be taken for what comes next
        throw error;
      }
    });
  }

  /** Brings to the disk for good what was appended. Reading can go on meanwhile, and so can appending. */
  async seal(): Promise<void> {
    this.#retireWriter();
    await Promise.all(this.#sealing);
    const failure = this.#sealFailure;
    this.#sealFailure = null;
    if (failure !== null) throw failure.error;
  }

  /** Seals, and closes the files. */
  async close(): Promise<void> {
    try {
      await this.seal();
    } finally {
      for (const segment of this.#segments) segment.close();
      this.#options.onClose();
    }
  }

  isInUse(segmentName: string): boolean {
    return this.#segments.some(({ name, isOpen }) => name === segmentName && isOpen);
  }

  /** Gives up a segment that is to be evicted; false if its rows are in use. */
  release(segmentName: string): boolean {
    return this.#segments.find(({ name }) => name === segmentName)?.release() ?? true;
  }

  #find(hash: Buffer) {
    const place = this.#index.find(hash);
    const segment = place === null ? undefined : this.#segments[place.segment];
    return place !== null && segment?.has(place.row) ? { segment, row: place.row, crc: place.crc } : null;
  }

  #damaged(segment: TableSegment, imageSha256: string): EngineError {
    if (segment === this.#writing) this.#retireWriter();
    segment.discard();
    return new EngineError(
      'cache/corrupt',
      'A stored activation is not what Fovea wrote: the disk or another program has changed it. The damaged file was ' +
        'removed. Start again, and its pictures are computed anew; if this comes back, check the disk.',
      { picture: imageSha256, segment: segment.name },
    );
  }

  #writerWithRoom(): SegmentWriter {
    const current = this.#writing?.writer ?? null;
    if (current?.isFull === false) return current;
    try {
      current?.flush(); // here, so that a full disk is told to whom it concerns
    } finally {
      this.#retireWriter();
    }
    const { folder, codec, segmentBytes, description } = this.#options;
    leaveFreeBytes(statfsSync(dirname(folder)));
    const writer = new SegmentWriter(folder, codec.rowBytes, segmentBytes);
    this.#writing = TableSegment.ofWriter(folder, writer);
    this.#segments.push(this.#writing);
    writeFileSync(join(folder, TABLE_FILE), description);
    return writer;
  }

  /** Seals the segment that is written, in the background. */
  #retireWriter(): void {
    const sealing: Promise<void> = (this.#writing?.seal() ?? Promise.resolve())
      .catch((error: unknown) => {
        this.#sealFailure ??= { error };
      })
      .finally(() => this.#sealing.delete(sealing));
    this.#sealing.add(sealing);
    this.#writing = null;
  }
}

/** The key of a row that failed its verification. */
function isBlank(key: Buffer): boolean {
  return key.readUInt32LE(0) === 0 && key.readUInt32LE(4) === 0 && key.readUInt32LE(HASH_BYTES) === 0;
}

/** Reads what is there of a table. */
export async function openCachedTable(options: TableOptions): Promise<CachedTable> {
  const segments: ReadSegment[] = [];
  for (const names of await listSegments(options.folder)) {
    const segment = await readSegment(options.folder, names, options.codec.rowBytes);
    if (segment !== null) segments.push(segment);
  }
  return new CachedTable(options, segments);
}
