// @ts-check
/**
 * Proof that a step ended: the files it left, by size, time and SHA-256.
 *
 * Context: hashing a gigabyte takes seconds, and `npm start` must not.
 * Choice: a stamp is written after the last file; later runs compare size and time, and hash only what differs there (a copy of
 * the folder has new times) or everything on `--verify`. A step that was killed has no stamp and is done again.
 * Cost: a change that keeps both size and time is seen by `--verify` only.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from './hash.js';

/**
 * @typedef {object} StampedFile
 * @property {string} path      relative to the stamped folder, with forward slashes
 * @property {number} bytes
 * @property {number} mtimeMs   whole milliseconds
 * @property {string} sha256
 */

/**
 * @typedef {object} Stamp
 * @property {string} key       what was installed; another key is another thing
 * @property {readonly StampedFile[]} files
 * @property {Readonly<Record<string, string>>} facts  what the step wants to say about it later
 */

/**
 * Reads the files and writes their stamp.
 *
 * @param {string} stampFile
 * @param {string} folder
 * @param {{ key: string, paths: readonly string[], facts?: Record<string, string>, hashes?: ReadonlyMap<string, string> }} content
 *        `hashes` holds the SHA-256 of files that were hashed while they were written
 * @returns {Promise<Stamp>}
 */
export async function writeStamp(stampFile, folder, { key, paths, facts = {}, hashes }) {
  const files = [];
  for (const relative of paths) {
    const file = path.join(folder, relative);
    const { size, mtimeMs } = await stat(file);
    const sha256 = hashes?.get(relative) ?? (await hashFile(file));
    files.push({ path: relative, bytes: size, mtimeMs: Math.round(mtimeMs), sha256 });
  }
  const stamp = { key, files, facts };
  await writeJson(stampFile, stamp);
  return stamp;
}

/**
 * The stamp, if it is of this key and its files are as they were left; null otherwise.
 *
 * @param {string} stampFile
 * @param {string} folder
 * @param {{ key: string, verify?: boolean }} options  `verify` hashes every file
 * @returns {Promise<Stamp | null>}
 */
export async function readStamp(stampFile, folder, { key, verify = false }) {
  const stamp = /** @type {Stamp | null} */ (await readJson(stampFile));
  if (stamp === null || stamp.key !== key || !Array.isArray(stamp.files)) return null;
  let changed = false;
  for (const expected of stamp.files) {
    const file = path.join(folder, expected.path);
    const found = await stat(file).catch(() => null);
    if (found === null || found.size !== expected.bytes) return null;
    const sameTime = Math.round(found.mtimeMs) === expected.mtimeMs;
    if (sameTime && !verify) continue;
    if ((await hashFile(file)) !== expected.sha256) return null;
    changed ||= !sameTime;
  }
  if (!changed) return stamp;
  const hashes = new Map(stamp.files.map((file) => [file.path, file.sha256]));
  return writeStamp(stampFile, folder, {
    key,
    paths: stamp.files.map((file) => file.path),
    facts: stamp.facts,
    hashes,
  });
}

/**
 * @param {string} file
 * @returns {Promise<unknown>} null where it is absent or no JSON: then it proves nothing
 */
export async function readJson(file) {
  try {
    return /** @type {unknown} */ (JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Writes whole or not at all.
 *
 * @param {string} file
 * @param {unknown} value
 */
export async function writeJson(file, value) {
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
