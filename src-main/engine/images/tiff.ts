/**
 * A TIFF of its first page alone. libvips reads the header of every page, so a good photograph with a thumbnail in a
 * compression that it lacks (old-style JPEG) would fail, and a million linked pages would take its time.
 *
 * @returns the same buffer where there is one page, else a copy whose link to the second is cut.
 * @see TIFF 6.0, section 2; BigTIFF design (version 43, 8-byte offsets).
 */
export function firstTiffPage(bytes: Buffer): Buffer {
  const link = findNextPageLink(bytes);
  if (link === null) return bytes;
  const copy = Buffer.from(bytes);
  copy.fill(0, link.start, link.end);
  return copy;
}

/** Where the first directory's link to the next lies; null where it is empty, or out of the file. */
function findNextPageLink(bytes: Buffer): { start: number; end: number } | null {
  if (bytes.length < 16) return null;
  const isLittle = bytes[0] === 0x49;
  const read16 = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const read32 = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const read64 = (at: number) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const isBig = read16(2) === 43;
  const [countBytes, entryBytes, linkBytes] = isBig ? [8, 20, 8] : [2, 12, 4];

  const directory = isBig ? read64(8) : read32(4);
  if (directory + countBytes > bytes.length) return null;
  const entryCount = isBig ? read64(directory) : read16(directory);
  const start = directory + countBytes + entryCount * entryBytes;
  const end = start + linkBytes;
  if (end > bytes.length) return null;
  return bytes.subarray(start, end).some((byte) => byte !== 0) ? { start, end } : null;
}
