// @ts-check
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/**
 * @param {string} file
 * @returns {Promise<string>} SHA-256, hex
 */
export async function hashFile(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/**
 * @param {string | Uint8Array} content
 * @returns {string} SHA-256, hex
 */
export function hashText(content) {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Whether a file is exactly the pinned one; false too where it cannot be read.
 *
 * @param {string} file
 * @param {{ readonly sha256: string, readonly bytes: number }} pin
 * @returns {Promise<boolean>}
 */
export async function isPinned(file, pin) {
  const found = await stat(file).catch(() => null);
  return found !== null && found.size === pin.bytes && (await hashFile(file)) === pin.sha256;
}
