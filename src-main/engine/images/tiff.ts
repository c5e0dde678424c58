/**
 * The little of a TIFF's structure that decides how libvips must be asked.
 *
 * @see TIFF 6.0, sections 2 and 18 (ExtraSamples); BigTIFF design (version 43, 8-byte offsets).
 */

interface Directory {
  /** Value of a field that holds one short number; null where it is absent. */
  readonly shortValue: (tag: number) => number | null;
  /** Where the link to the next directory lies. */
  readonly link: { readonly start: number; readonly end: number };
}

/** Null where the first directory does not lie within the file. */
function readFirstDirectory(bytes: Buffer): Directory | null {
  if (bytes.length < 16) return null;
  const isLittle = bytes[0] === 0x49;
  const read16 = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const read32 = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const read64 = (at: number) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const isBig = read16(2) === 43;
  const [countBytes, entryBytes, linkBytes, valueAt] = isBig ? [8, 20, 8, 12] : [2, 12, 4, 8];

  const directory = isBig ? read64(8) : read32(4);
  if (directory + countBytes > bytes.length) return null;
  const entryCount = isBig ? read64(directory) : read16(directory);
  const entries = directory + countBytes;
  const start = entries + entryCount * entryBytes;
  if (start + linkBytes > bytes.length) return null;

  function shortValue(tag: number): number | null {
    for (let entry = entries; entry < start; entry += entryBytes) {
      if (read16(entry) === tag) return read16(entry + valueAt);
    }
    return null;
  }
  return { shortValue, link: { start, end: start + linkBytes } };
}

/**
 * A TIFF of its first page alone. libvips reads the header of every page, so a good photograph with a thumbnail in a
 * compression that it lacks (old-style JPEG) would fail, and a million linked pages would take its time.
 *
 * @returns the same buffer where there is one page, else a copy whose link to the second is cut.
 */
export function firstTiffPage(bytes: Buffer): Buffer {
  const link = readFirstDirectory(bytes)?.link;
  if (!link || bytes.subarray(link.start, link.end).every((byte) => byte === 0)) return bytes;
  const copy = Buffer.from(bytes);
  copy.fill(0, link.start, link.end);
  return copy;
}

const EXTRA_SAMPLES_TAG = 338;

/**
 * Whether the channel beyond the colours is something else than transparency (ExtraSamples 0, as Photoshop writes for a
 * saved selection). libvips takes any such channel for alpha.
 */
export function hasUnrelatedChannel(bytes: Buffer): boolean {
  return readFirstDirectory(bytes)?.shortValue(EXTRA_SAMPLES_TAG) === 0;
}
