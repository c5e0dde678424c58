import { open, readFile, rm, stat } from 'node:fs/promises';
import { isErrno, writeFileDurably } from '../../system/durable-file.ts';
import {
  checksum,
  HASH_BYTES,
  isGone,
  isWriterAlive,
  KEY_BYTES,
  keysFile,
  removeSegment,
  rowsFile,
  unsealedKeysFile,
  type SegmentNames,
} from './segment-files.ts';

/** What a segment offers. */
export interface ReadSegment {
  readonly name: string;
  readonly rowCount: number;
  /** A key a row; all zero where the row is not to be used. */
  readonly keys: Buffer;
  /** Whether its writer may still be at work: then it is left as it is. */
  readonly isBeingWritten: boolean;
}

/** Bytes of rows that are verified at once. */
const VERIFIED_AT_ONCE = 2 ** 20;

/**
 * Reads the keys of a segment. A sealed one is believed; of any other every row is read and held against its checksum, and
 * if its writer is dead it is sealed with what was good.
 *
 * @param rowBytes  size of a row.
 * @returns         null where there is nothing to use.
 */
export async function readSegment(
  folder: string,
  { name, isSealed }: SegmentNames,
  rowBytes: number,
): Promise<ReadSegment | null> {
  try {
    if (isSealed) return { ...(await readKeys(folder, name, keysFile(folder, name), rowBytes)), isBeingWritten: false };
    const isBeingWritten = isWriterAlive(name, (await stat(unsealedKeysFile(folder, name))).mtimeMs);
    const segment = await readKeys(folder, name, unsealedKeysFile(folder, name), rowBytes);
    const goodCount = await verify(folder, segment, rowBytes);
    if (!isBeingWritten && goodCount === 0) await removeSegment(folder, name);
    else if (!isBeingWritten) await sealAsFound(folder, segment);
    return goodCount === 0 ? null : { ...segment, isBeingWritten };
  } catch (error) {
    if (isGone(error)) return null; // removed or sealed by another process meanwhile: computed again at worst
    throw error;
  }
}

/** Whole keys whose rows are there by the size of the file. */
async function readKeys(folder: string, name: string, file: string, rowBytes: number) {
  const keys = await readFile(file); // before the size of the rows, which may be growing
  const { size } = await stat(rowsFile(folder, name));
  const rowCount = Math.min(Math.floor(keys.length / KEY_BYTES), Math.floor(size / rowBytes));
  return { name, rowCount, keys: keys.subarray(0, rowCount * KEY_BYTES) };
}

/** Blanks the keys of rows that are not what was written, and counts the others. */
async function verify(
  folder: string,
  { name, rowCount, keys }: { readonly name: string; readonly rowCount: number; readonly keys: Buffer },
  rowBytes: number,
): Promise<number> {
  const rowsAtOnce = Math.max(1, Math.floor(VERIFIED_AT_ONCE / rowBytes));
  const buffer = Buffer.alloc(Math.min(rowsAtOnce, rowCount) * rowBytes);
  let goodCount = 0;
  const handle = await open(rowsFile(folder, name));
  try {
    for (let first = 0; first < rowCount; first += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, rowCount - first);
      await handle.read(buffer, 0, count * rowBytes, first * rowBytes); // where it reads less, checksums fail
      for (let row = 0; row < count; row++) {
        const key = keys.subarray((first + row) * KEY_BYTES, (first + row + 1) * KEY_BYTES);
        const found = buffer.subarray(row * rowBytes, (row + 1) * rowBytes);
        const isGood = checksum(key.subarray(0, HASH_BYTES), found) === key.readUInt32LE(HASH_BYTES);
        if (isGood) goodCount++;
        else key.fill(0);
      }
    }
  } finally {
    await handle.close();
  }
  return goodCount;
}

/** So that the next opening need not verify again. Where the disk does not let us, it will. */
async function sealAsFound(folder: string, { name, keys }: { readonly name: string; readonly keys: Buffer }) {
  try {
    const rows = await open(rowsFile(folder, name), 'r+');
    try {
      await rows.sync();
    } finally {
      await rows.close();
    }
    await writeFileDurably(keysFile(folder, name), keys);
    await rm(unsealedKeysFile(folder, name), { force: true });
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM')) throw error;
  }
}
