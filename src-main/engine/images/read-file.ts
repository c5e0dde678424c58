import { open, stat, type FileHandle } from 'node:fs/promises';
import { skipReasons } from '../../contract/skip-reasons.ts';
import { HEAD_BYTES, recogniseFormat, type PictureFormat } from './format.ts';
import { LIMITS } from './recipe.ts';
import { explainSystemError, refuse, type Refusal } from './refusal.ts';

export interface PictureFile {
  readonly ok: true;
  readonly bytes: Buffer;
  readonly format: PictureFormat;
}

/**
 * Reads a picture file whole, once, and closes it: nothing keeps the user's file open. What is no picture is told by its
 * head and not read further, however large it is. Never throws, and never waits on a pipe or device.
 */
export async function readPictureFile(path: string): Promise<PictureFile | Refusal> {
  try {
    const { size } = await requireFile(path);
    const handle = await open(path, 'r');
    try {
      return await readFrom(handle, size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return error instanceof NotAFile ? refuse(error.message) : refuse(explainSystemError(error));
  }
}

class NotAFile extends Error {}

/** Opening a pipe would wait for its writer, so what is no regular file is not opened. */
async function requireFile(path: string): Promise<{ size: number }> {
  const found = await stat(path);
  if (found.isDirectory()) throw new NotAFile(skipReasons.say('folder'));
  if (!found.isFile()) throw new NotAFile(skipReasons.say('device'));
  return found;
}

async function readFrom(handle: FileHandle, size: number): Promise<PictureFile | Refusal> {
  const head = await readBytes(handle, Buffer.allocUnsafe(Math.min(size, HEAD_BYTES)), 0);
  const recognised = await recogniseFormat(head);
  if (!recognised.ok) return recognised;
  if (size > LIMITS.fileBytes) {
    const [sizeMb, limitMb] = [Math.round(size / 2 ** 20), LIMITS.fileBytes / 2 ** 20];
    return refuse(skipReasons.say('large-file', { size: sizeMb, limit: limitMb }));
  }
  if (head.length === size) return { ok: true, bytes: head, format: recognised.format };
  const bytes = Buffer.allocUnsafe(size);
  head.copy(bytes);
  const rest = await readBytes(handle, bytes.subarray(head.length), head.length);
  return { ok: true, bytes: bytes.subarray(0, head.length + rest.length), format: recognised.format };
}

/** Fills the buffer from a place in the file; shorter where the file has shrunk meanwhile. */
async function readBytes(handle: FileHandle, target: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return target.subarray(0, filled);
}
