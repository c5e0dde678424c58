import { rm, rmdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { isErrno } from '../../system/durable-file.ts';
import { freeBytesOf, GIGABYTE, inGigabytes, reservedBytes } from './cache-limit.ts';
import { isGone, isWriterAlive, listSegments, namesIn, removeSegment, rowsFile, TABLE_FILE } from './segment-files.ts';

/** A segment of any table, as its files tell of it. */
interface StoredSegment {
  readonly folder: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** When a row was last read or written by a process that had not used it before. */
  readonly usedMs: number;
  readonly isBeingWritten: boolean;
  /** Rows without keys, or keys without rows: what a kill leaves of a segment that was begun or removed. */
  readonly isRemnant: boolean;
}

/** What is not of a segment, half-made or forgotten, goes when nobody has touched it for so long. */
const LEFTOVER_MS = 60 * 60 * 1000;
const TABLE_FOLDER = /^[0-9a-f]{64}$/;

async function tableFolders(cacheFolder: string): Promise<string[]> {
  const names = await namesIn(cacheFolder);
  return names.filter((name) => TABLE_FOLDER.test(name)).map((name) => join(cacheFolder, name));
}

/** All segments of all tables, the least recently used first. */
async function storedSegments(cacheFolder: string): Promise<StoredSegment[]> {
  const segments: StoredSegment[] = [];
  for (const folder of await tableFolders(cacheFolder)) {
    for (const { name, isSealed, files } of await listSegments(folder)) {
      const stats = await Promise.all(files.map(statIfThere));
      const found = stats.filter((each) => each !== null);
      const writtenMs = Math.max(0, ...found.map(({ mtimeMs }) => mtimeMs));
      const rows = await statIfThere(rowsFile(folder, name));
      const isRemnant = rows === null || files.every((file) => file.endsWith('.rows'));
      segments.push({
        folder,
        name,
        sizeBytes: found.reduce((sum, { size }) => sum + size, 0),
        usedMs: rows?.mtimeMs ?? writtenMs,
        isBeingWritten: (!isSealed || isRemnant) && isWriterAlive(name, writtenMs),
        isRemnant,
      });
    }
  }
  return segments.sort((one, other) => one.usedMs - other.usedMs || (one.name < other.name ? -1 : 1));
}

async function statIfThere(file: string) {
  try {
    return await stat(file);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** What the cache takes of the disk. */
export async function storedBytes(cacheFolder: string): Promise<number> {
  return sizeOf(await storedSegments(cacheFolder));
}

function sizeOf(segments: readonly StoredSegment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Which segments the tables of this process use. */
export interface SegmentUse {
  isInUse(tableFolder: string, segmentName: string): boolean;
  /** Gives a segment up; false if it has come into use. */
  release(tableFolder: string, segmentName: string): boolean;
}

export interface Room {
  readonly neededBytes: number;
  readonly limitBytes: number;
  readonly use: SegmentUse;
}

/**
 * Evicts the least recently used segments until `neededBytes` more fit under the limit and onto the disk, and removes what
 * kills and removals have left lying about. Any number of processes may do so at once.
 *
 * @throws EngineError `cache/too-small` if they cannot fit under the limit, `storage/full` if not onto the disk. Nothing
 *         was evicted then.
 */
export async function makeRoom(cacheFolder: string, { neededBytes, limitBytes, use }: Room): Promise<void> {
  const segments = await storedSegments(cacheFolder);
  for (const { folder, name } of segments.filter(isDeadRemnant)) await tryRemoving(() => removeSegment(folder, name));
  const stored = segments.filter((segment) => !isDeadRemnant(segment));
  const evictable = stored.filter(({ folder, name, isBeingWritten }) => !isBeingWritten && !use.isInUse(folder, name));
  const disk = await statfs(cacheFolder);
  const overLimitBytes = sizeOf(stored) + neededBytes - limitBytes;
  const overDiskBytes = neededBytes - Math.max(0, freeBytesOf(disk) - reservedBytes(disk));
  if (overLimitBytes > sizeOf(evictable)) throw tooSmall(neededBytes, limitBytes, sizeOf(stored) - sizeOf(evictable));
  if (overDiskBytes > sizeOf(evictable)) throw diskTooFull(neededBytes, freeBytesOf(disk), reservedBytes(disk));
  let excessBytes = Math.max(overLimitBytes, overDiskBytes);
  for (const { folder, name, sizeBytes } of evictable) {
    if (excessBytes <= 0) break;
    const isRemoved = use.release(folder, name) && (await tryRemoving(() => removeSegment(folder, name)));
    if (isRemoved) excessBytes -= sizeBytes;
  }
  await removeLeftovers(cacheFolder);
}

/**
 * Removes all that is stored, but for what is being written and what this process uses. Another process that reads a
 * segment keeps what it had asked for, as with every eviction.
 */
export async function clearRoom(cacheFolder: string, use: SegmentUse): Promise<void> {
  for (const { folder, name, isBeingWritten } of await storedSegments(cacheFolder)) {
    if (isBeingWritten || use.isInUse(folder, name) || !use.release(folder, name)) continue;
    await tryRemoving(() => removeSegment(folder, name));
  }
  await removeLeftovers(cacheFolder);
}

const isDeadRemnant = ({ isRemnant, isBeingWritten }: StoredSegment): boolean => isRemnant && !isBeingWritten;

/** Folders without segments, and temporary files that nobody has finished. */
async function removeLeftovers(cacheFolder: string): Promise<void> {
  for (const folder of await tableFolders(cacheFolder)) {
    for (const name of (await namesIn(folder)).filter((each) => each.endsWith('.tmp'))) {
      const stats = await statIfThere(join(folder, name));
      const isForgotten = stats !== null && Date.now() - stats.mtimeMs > LEFTOVER_MS;
      if (isForgotten) await tryRemoving(() => rm(join(folder, name), { force: true }));
    }
    const others = (await namesIn(folder)).filter((name) => name !== TABLE_FILE);
    if (others.length > 0) continue;
    await tryRemoving(() => rm(join(folder, TABLE_FILE), { force: true }));
    await tryRemoving(() => rmdir(folder)); // not empty any more where a process has just begun a segment
  }
}

/** False where another process holds the file, has removed it or put something into the folder: then it is not ours to remove. */
async function tryRemoving(remove: () => Promise<void>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'EACCES')) return false;
    throw error;
  }
}

function tooSmall(neededBytes: number, limitBytes: number, inUseBytes: number): EngineError {
  const enoughGigabytes = Math.ceil((neededBytes + inUseBytes) / GIGABYTE);
  return new EngineError(
    'cache/too-small',
    `This run needs ${inGigabytes(neededBytes)} of the activation cache, whose limit is ${inGigabytes(limitBytes)}, of which ` +
      `${inGigabytes(inUseBytes)} are in use. Set FOVEA_CACHE_LIMIT_GB to ${enoughGigabytes} or more, take fewer variants, ` +
      'or choose augmentation "off" or "live".',
    { neededBytes, limitBytes, inUseBytes, enoughGigabytes },
  );
}

function diskTooFull(neededBytes: number, freeBytes: number, reserved: number): EngineError {
  return new EngineError(
    'storage/full',
    `This run needs ${inGigabytes(neededBytes)} on the disk of the activation cache. ${inGigabytes(freeBytes)} are free, of ` +
      `which Fovea leaves ${inGigabytes(reserved)} to others. Free some space, take fewer variants, choose augmentation ` +
      '"off" or "live", or put the cache on another disk with FOVEA_CACHE.',
    { neededBytes, freeBytes, reservedBytes: reserved },
  );
}
