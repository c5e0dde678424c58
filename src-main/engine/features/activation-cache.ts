/**
 * What a frozen network says of each picture, kept on the disk, so that it is computed once and not once an epoch or a run.
 *
 *     FOLDER/SHA-256 of key, length and precision/     a table: one kind of activation
 *         table.json                                   what it is, in words
 *         PID-UUID.rows, .keys                         segments: rows that one process wrote (segment-files.ts)
 *
 * A row is addressed by the SHA-256 of its picture's bytes and a table by everything else that the values depend on. So a
 * changed setting never meets old rows, added pictures are computed alone, and projects share what they have in common.
 *
 * No lock and no database: each process appends to segments of its own, and a segment is never changed once it is sealed.
 * A kill, a power cut and two runs at once can cost work, never give a wrong row: each row carries a checksum, over the
 * picture's hash too, which is checked whenever it is read. Two runs that compute the same row at once both keep it.
 *
 * Not SQLite (a native module more, rows of 300 kB go through its pages) and not a file a picture (100,000 small files
 * take minutes to open and to delete).
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheLimitBytes } from './cache-limit.ts';
import { clearRoom, makeRoom, storedBytes } from './cache-room.ts';
import { openCachedTable, type CachedTable } from './cached-table.ts';
import { createRowCodec, type TablePrecision } from './row-codec.ts';

/** All that the values of a table depend on, pictures, length and precision apart. Names may come in any order. */
export interface TableKey {
  readonly [name: string]: string | number | boolean | null | readonly number[] | TableKey;
}

export interface TableFormat {
  /** Values a row. */
  readonly length: number;
  readonly precision: TablePrecision;
}

export interface ActivationCache {
  readonly limitBytes: number;
  /** What all tables take of the disk now. */
  sizeBytes(): Promise<number>;
  /** Opens a table, an empty one where there is none yet. The caller closes it. */
  openTable(key: TableKey, format: TableFormat): Promise<CachedTable>;
  /** Removes all rows but those that are being written, or that an open table was asked for. */
  clear(): Promise<void>;
  /**
   * Before a run: evicts what was not used for longest until `neededBytes` more fit under the limit and onto the disk.
   * Rows that an open table was asked for stay: ask `has` for all pictures of the run first.
   *
   * @throws EngineError `cache/too-small` or `storage/full` if they cannot fit; nothing was evicted then.
   */
  makeRoom(neededBytes: number): Promise<void>;
}

export interface CacheOptions {
  /** Made if it is not there. */
  readonly folder: string;
  /** Absent: `cacheLimitBytes`. */
  readonly limitBytes?: number;
  /** Largest size of a segment. */
  readonly segmentBytes?: number;
}

/**
 * Smaller segments cost files. Of larger ones, more is verified after a kill, lost with a damaged row, and kept for a project
 * long gone because another uses a part of it.
 */
const SEGMENT_BYTES = 256 * 2 ** 20;

/** Raised when the layout of files changes; tables of another version are never met, and are evicted in their turn. */
const FORMAT_VERSION = 1;

/** @throws EngineError `setting/out-of-range` if `FOVEA_CACHE_LIMIT_GB` is no number of gigabytes. */
export async function openActivationCache({
  folder,
  limitBytes,
  segmentBytes = SEGMENT_BYTES,
}: CacheOptions): Promise<ActivationCache> {
  await mkdir(folder, { recursive: true });
  const limit = limitBytes ?? (await cacheLimitBytes(folder, await storedBytes(folder)));
  const tables = new Set<CachedTable>();
  const tablesIn = (tableFolder: string) => [...tables].filter((table) => table.folder === tableFolder);
  const use = {
    isInUse: (tableFolder: string, name: string) => tablesIn(tableFolder).some((table) => table.isInUse(name)),
    release: (tableFolder: string, name: string) => tablesIn(tableFolder).every((table) => table.release(name)),
  };
  return {
    limitBytes: limit,
    sizeBytes: () => storedBytes(folder),
    async openTable(key, { length, precision }) {
      const what = { format: FORMAT_VERSION, key, length, precision };
      const table = await openCachedTable({
        folder: join(folder, createHash('sha256').update(canonicalJson(what)).digest('hex')),
        codec: createRowCodec(precision, length),
        segmentBytes,
        description: describe(what),
        onClose: () => tables.delete(table),
      });
      tables.add(table);
      return table;
    },
    clear: () => clearRoom(folder, use),
    makeRoom: (neededBytes) => makeRoom(folder, { neededBytes, limitBytes: limit, use }),
  };
}

/** One text for one key, in whatever order its names come. */
function canonicalJson(value: TableKey[string]): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON has no ${value}.`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

function describe(what: TableKey): string {
  const about = 'Activations that Fovea computed of pictures, kept to save time. They can be deleted at any time.';
  return `${JSON.stringify({ about, ...what }, null, 2)}\n`;
}
