// @ts-check
/**
 * Takes single files out of a zip archive (a wheel), streaming, so that an 800 MB library never lies in memory.
 * Own code because set-up runs before any package is installed. Wheels use neither encryption nor split archives, and the
 * pinned ones stay under the 4 GB where Zip64 begins; an archive beyond that is refused.
 *
 * @see APPNOTE.TXT 6.3.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * @typedef {object} ZipEntry
 * @property {string} name
 * @property {number} method
 * @property {number} packedBytes
 * @property {number} bytes
 * @property {number} headerAt  offset of the local header
 * @property {number} mode      Unix permission bits; 0 where the archive has none
 */

/**
 * @param {string} archive
 * @returns {Promise<ZipEntry[]>}
 * @throws Error if the file is no whole zip archive
 */
export async function listZip(archive) {
  const file = await open(archive);
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 65_557)); // the end record and the longest comment after it
    await file.read(tail, 0, tail.length, size - tail.length);
    const endAt = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (endAt < 0 || tail.length - endAt < 22 || tail.readUInt32LE(endAt) !== END) {
      throw new Error(`${path.basename(archive)} is no whole zip archive`);
    }
    const directory = Buffer.alloc(tail.readUInt32LE(endAt + 12));
    const directoryAt = tail.readUInt32LE(endAt + 16);
    if (directoryAt + directory.length > size) throw new Error(`${path.basename(archive)} is cut off or uses Zip64`);
    await file.read(directory, 0, directory.length, directoryAt);
    return readDirectory(directory);
  } finally {
    await file.close();
  }
}

/** @param {Buffer} directory */
function readDirectory(directory) {
  /** @type {ZipEntry[]} */
  const entries = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL;) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerAt: directory.readUInt32LE(at + 42),
      mode: (directory.readUInt32LE(at + 38) >>> 16) & 0o777,
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * Writes one entry to a file, durably.
 *
 * @param {string} archive
 * @param {ZipEntry} entry
 * @param {string} target
 * @param {(bytes: number) => void} [onBytes]  called with each piece written
 * @returns {Promise<string>} SHA-256 of what was written, hex
 * @throws Error if the archive is damaged there; the target is then removed
 */
export async function extractEntry(archive, entry, target, onBytes = () => {}) {
  if (entry.method !== STORED && entry.method !== DEFLATED) throw new Error(`${entry.name}: unknown compression`);
  const dataAt = await findData(archive, entry);
  const hash = createHash('sha256');
  let written = 0;
  const watch = new Transform({
    transform(/** @type {Buffer} */ piece, _encoding, done) {
      hash.update(piece);
      written += piece.length;
      onBytes(piece.length);
      done(null, piece);
    },
  });
  await mkdir(path.dirname(target), { recursive: true });
  try {
    const options = { start: dataAt, end: dataAt + entry.packedBytes - 1, highWaterMark: 1 << 20 };
    const packed = entry.packedBytes === 0 ? [] : createReadStream(archive, options);
    const sink = createWriteStream(target, { flush: true, mode: entry.mode & 0o111 ? 0o755 : 0o644 });
    if (entry.method === DEFLATED) await pipeline(packed, createInflateRaw({ chunkSize: 1 << 20 }), watch, sink);
    else await pipeline(packed, watch, sink);
    if (written !== entry.bytes) throw new Error(`${entry.name}: ${written} bytes came out, not ${entry.bytes}`);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
  return hash.digest('hex');
}

/**
 * @param {string} archive
 * @param {ZipEntry} entry
 */
async function findData(archive, entry) {
  const file = await open(archive);
  try {
    const header = Buffer.alloc(30);
    await file.read(header, 0, 30, entry.headerAt);
    return entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}
