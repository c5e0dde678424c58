/**
 * Windows and OS/2 bitmaps, which libvips does not read. Written here because the packages tried (bmp-ts 1.0.9) shift
 * colours in 1-bit files, ignore where the header says that the pixels begin, and read past the end of cut files.
 *
 * @see Microsoft, BITMAPINFOHEADER and BITMAPV5HEADER; the samples of BMP Suite by Jason Summers.
 */
import { skipReasons } from '../../contract/skip-reasons.ts';
import { readRunLengths } from './bmp-rle.ts';
import { DAMAGED, refuse, refuseSize, TRUNCATED, type Refusal } from './refusal.ts';

const FILE_HEADER_BYTES = 14;
const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitFields: 3, jpeg: 4, png: 5, alphaBitFields: 6 } as const;

export interface BmpHeader {
  readonly ok: true;
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bitsPerPixel: number;
  readonly compression: number;
  readonly pixelsAt: number;
  readonly palette: Buffer;
  /** Bytes of a palette entry: blue, green, red and, but for OS/2, one unused. */
  readonly paletteEntryBytes: 3 | 4;
  /** Which bits hold red, green, blue and alpha, for 16 and 32 bits. */
  readonly masks: readonly [red: number, green: number, blue: number, alpha: number];
}

export interface RawPixels {
  readonly ok: true;
  /** uint8 [height, width, channels], RGB or RGBA. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** Reads the header and checks it; nothing is trusted that could make the decoder read or allocate too much. */
export function readBmpHeader(bytes: Buffer): BmpHeader | Refusal {
  if (bytes.length < 26) return refuse(TRUNCATED);
  const infoBytes = bytes.readUInt32LE(14);
  const isCore = infoBytes === 12;
  const headerEnd = FILE_HEADER_BYTES + infoBytes;
  if (bytes.length < headerEnd) return refuse(TRUNCATED);
  const field = (at: number) => (at + 4 <= headerEnd ? bytes.readUInt32LE(at) : 0);

  const width = isCore ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signedHeight = isCore ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const height = Math.abs(signedHeight);
  const tooLarge = refuseSize(width, height);
  if (tooLarge) return tooLarge;

  const bitsPerPixel = bytes.readUInt16LE(isCore ? 24 : 28);
  const compression = isCore ? COMPRESSION.none : field(30);
  if (!isKnown(bitsPerPixel, compression, infoBytes)) {
    return refuse(skipReasons.say('rare-bmp'));
  }

  const hasMasks = compression === COMPRESSION.bitFields || compression === COMPRESSION.alphaBitFields;
  // A 40-byte header has its masks behind it, a longer one within.
  const trailingMasks = hasMasks && infoBytes === 40 ? (compression === COMPRESSION.alphaBitFields ? 4 : 3) : 0;
  const paletteAt = headerEnd + trailingMasks * 4;
  if (bytes.length < paletteAt) return refuse(TRUNCATED);
  const paletteEntryBytes = isCore ? 3 : 4;
  const declaredColours = field(46);
  const maxColours = bitsPerPixel <= 8 ? 2 ** bitsPerPixel : 0;
  const colours = declaredColours === 0 ? maxColours : Math.min(declaredColours, maxColours);
  const pixelsAt = bytes.readUInt32LE(10) || paletteAt + colours * paletteEntryBytes;
  if (pixelsAt < headerEnd) return refuse(DAMAGED);
  return {
    ok: true,
    width,
    height,
    isTopDown: signedHeight < 0,
    bitsPerPixel,
    compression,
    pixelsAt,
    palette: bytes.subarray(
      paletteAt,
      Math.max(paletteAt, Math.min(paletteAt + colours * paletteEntryBytes, pixelsAt)),
    ),
    paletteEntryBytes,
    masks: hasMasks ? readMasks(bytes, infoBytes, trailingMasks) : defaultMasks(bitsPerPixel),
  };
}

function isKnown(bitsPerPixel: number, compression: number, infoBytes: number): boolean {
  const isOs2 = infoBytes === 16 || infoBytes === 64; // there, 3 and 4 mean Huffman and 24-bit run lengths
  switch (compression) {
    case COMPRESSION.none:
      return [1, 2, 4, 8, 16, 24, 32].includes(bitsPerPixel);
    case COMPRESSION.rle8:
      return bitsPerPixel === 8;
    case COMPRESSION.rle4:
      return bitsPerPixel === 4;
    case COMPRESSION.bitFields:
    case COMPRESSION.alphaBitFields:
      return !isOs2 && (bitsPerPixel === 16 || bitsPerPixel === 32);
    default:
      return false;
  }
}

function readMasks(bytes: Buffer, infoBytes: number, trailingMasks: number): BmpHeader['masks'] {
  const mask = (index: number) => bytes.readUInt32LE(FILE_HEADER_BYTES + 40 + index * 4);
  const hasAlpha = trailingMasks === 4 || infoBytes >= 56;
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

/** Without masks, 16 bits are 5-5-5 and the fourth byte of 32 bits is unused. */
function defaultMasks(bitsPerPixel: number): BmpHeader['masks'] {
  return bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

/**
 * Decodes a whole bitmap.
 *
 * @param bytes  the file. Borrowed.
 * @returns      its pixels, top row first, or why there are none.
 */
export function decodeBmp(bytes: Buffer): RawPixels | Refusal {
  const header = readBmpHeader(bytes);
  if (!header.ok) return header;
  if (header.compression === COMPRESSION.rle8 || header.compression === COMPRESSION.rle4) {
    const indexes = readRunLengths(bytes.subarray(header.pixelsAt), header);
    return typeof indexes === 'string' ? refuse(indexes) : fromRows(header, indexes, header.width, 8);
  }
  // Rows are padded to 4 bytes; the padding of the last one may be missing.
  const rowBytes = Math.ceil((header.width * header.bitsPerPixel) / 32) * 4;
  const neededBytes = rowBytes * (header.height - 1) + Math.ceil((header.width * header.bitsPerPixel) / 8);
  const pixels = bytes.subarray(header.pixelsAt);
  if (pixels.length < neededBytes) return refuse(TRUNCATED);
  return fromRows(header, pixels, rowBytes, header.bitsPerPixel);
}

/** Writes row by row, bottom first unless the header says otherwise. */
function fromRows(header: BmpHeader, rows: Buffer, rowBytes: number, bitsPerPixel: number): RawPixels {
  const { width, height, isTopDown } = header;
  const hasAlpha = bitsPerPixel > 8 && header.masks[3] !== 0;
  const channels = hasAlpha ? 4 : 3;
  const data = Buffer.alloc(width * height * channels);
  const writeRow = rowWriter(header, bitsPerPixel, channels);
  for (let row = 0; row < height; row++) {
    const source = (isTopDown ? row : height - 1 - row) * rowBytes;
    writeRow(rows, source, data, row * width * channels);
  }
  // Many programs write an alpha mask and leave it zero: such a picture is meant to be seen.
  if (hasAlpha && isFullyTransparent(data)) for (let at = 3; at < data.length; at += 4) data[at] = 255;
  return { ok: true, data, width, height, channels };
}

type RowWriter = (source: Buffer, from: number, target: Buffer, to: number) => void;

function rowWriter(header: BmpHeader, bitsPerPixel: number, channels: 3 | 4): RowWriter {
  const { width, palette, paletteEntryBytes } = header;
  if (bitsPerPixel === 24) {
    return (source, from, target, to) => {
      for (let x = 0; x < width; x++, from += 3, to += 3) {
        target[to] = source[from + 2] ?? 0;
        target[to + 1] = source[from + 1] ?? 0;
        target[to + 2] = source[from] ?? 0;
      }
    };
  }
  if (bitsPerPixel <= 8) {
    const perByte = 8 / bitsPerPixel;
    return (source, from, target, to) => {
      for (let x = 0; x < width; x++, to += 3) {
        const shift = 8 - bitsPerPixel * ((x % perByte) + 1);
        const index = ((source[from + Math.floor(x / perByte)] ?? 0) >> shift) & (2 ** bitsPerPixel - 1);
        const entry = index * paletteEntryBytes; // beyond a short palette: black
        target[to] = palette[entry + 2] ?? 0;
        target[to + 1] = palette[entry + 1] ?? 0;
        target[to + 2] = palette[entry] ?? 0;
      }
    };
  }
  const parts = header.masks.slice(0, channels).map(channelOf);
  const bytesPerPixel = bitsPerPixel / 8;
  return (source, from, target, to) => {
    for (let x = 0; x < width; x++, from += bytesPerPixel) {
      const value = bytesPerPixel === 2 ? source.readUInt16LE(from) : source.readUInt32LE(from);
      for (const { mask, shift, max } of parts) {
        target[to++] = max === 0 ? 0 : Math.round((((value & mask) >>> shift) * 255) / max);
      }
    }
  };
}

function channelOf(mask: number): { mask: number; shift: number; max: number } {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  return { mask, shift, max: mask >>> shift };
}

function isFullyTransparent(rgba: Buffer): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 0) return false;
  return true;
}
