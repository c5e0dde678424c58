import { crc32 } from 'node:zlib';
import { DAMAGED, TRUNCATED } from './refusal.ts';

const SIGNATURE_BYTES = 8;
/** Length, type and checksum around the data of a chunk. */
const CHUNK_FRAME_BYTES = 12;

/**
 * Checks what a PNG says of itself: every chunk lies within the file, and the checksum of every critical chunk (those
 * that make the pixels) is right. libpng reads on after some of these faults and invents the rest.
 *
 * @returns null where all is well, else the reason.
 * @see PNG specification, 5.3 chunk layout, 5.4 naming: an upper-case first letter means critical.
 */
export function findPngFault(bytes: Buffer): string | null {
  let start = SIGNATURE_BYTES;
  while (start < bytes.length) {
    if (start + CHUNK_FRAME_BYTES > bytes.length) return TRUNCATED;
    const end = start + CHUNK_FRAME_BYTES + bytes.readUInt32BE(start);
    const type = bytes.toString('latin1', start + 4, start + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) return DAMAGED;
    if (end > bytes.length) return TRUNCATED;
    const isCritical = /^[A-Z]/.test(type);
    if (isCritical && crc32(bytes.subarray(start + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return DAMAGED;
    if (type === 'IEND') return null;
    start = end;
  }
  return null; // no end mark, yet nothing cut: whether all pixels are there is the decoder's to say
}
