import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Pauses between tries while a virus scanner or an indexer holds the target on Windows. */
const RENAME_RETRY_MS = [10, 50, 200, 500];

/**
 * Replaces a file as a whole: temp → fsync → rename → fsync folder. At any moment, power loss included, the file is
 * either the old one or the new one.
 *
 * Not write-file-atomic: 7.0.1 ignores how many bytes `fs.write` wrote, so on a disk that fills up it renames a truncated
 * file over the good one and reports success (tried: 200 kB onto a 64 kB tmpfs). `FileHandle.writeFile` throws ENOSPC.
 *
 * @param content  whole, or as parts that are written one after another: a long list need not lie in memory as one text.
 */
export async function writeFileDurably(file: string, content: string | Uint8Array | Iterable<string>): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      // Each call goes on where the one before ended.
      if (typeof content === 'string' || content instanceof Uint8Array) await handle.writeFile(content);
      else for (const block of inBlocks(content)) await handle.writeFile(block);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameDurably(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Parts of some size, so that a line is not a write of its own. */
function* inBlocks(parts: Iterable<string>): Generator<string> {
  let block = '';
  for (const part of parts) {
    block += part;
    if (block.length < 1 << 16) continue;
    yield block;
    block = '';
  }
  yield block;
}

/** Moves a finished file or folder to its place on the same disk. */
export async function renameDurably(from: string, to: string): Promise<void> {
  for (const pauseMs of RENAME_RETRY_MS) {
    try {
      await rename(from, to);
      await syncFolder(dirname(to));
      return;
    } catch (error) {
      if (process.platform !== 'win32' || !isErrno(error, 'EPERM', 'EBUSY', 'EACCES')) throw error;
      await delay(pauseMs);
    }
  }
  await rename(from, to);
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be synced there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a file, or null where there is none. */
export async function readTextIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
