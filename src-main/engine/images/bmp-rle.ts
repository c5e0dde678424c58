import { DAMAGED, TRUNCATED } from './refusal.ts';

/** Where run-length codes go, from a bitmap's header. */
interface RunLengthTarget {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
}

/**
 * Unpacks the run-length codes of a 4- or 8-bit bitmap. Pixels that the codes jump over stay at colour 0.
 *
 * @returns palette indexes, one byte a pixel, in the rows' order in the file; or why there are none: codes that end before
 *   the picture, or that run out of their row (by more than the odd nibble that some writers add).
 * @see Microsoft, "Bitmap Compression".
 */
export function readRunLengths(codes: Buffer, { width, height, bitsPerPixel }: RunLengthTarget): Buffer | string {
  const indexes = Buffer.alloc(width * height);
  const isNibbles = bitsPerPixel === 4;
  let [x, y, at] = [0, 0, 0];

  function put(index: number): void {
    if (x < width && y < height) indexes[y * width + x] = index;
    x++;
  }
  /** The `position`-th index of a run of packed bytes. */
  function unpack(from: number, position: number): number {
    if (!isNibbles) return codes[from + position] ?? 0;
    const byte = codes[from + (position >> 1)] ?? 0;
    return position % 2 === 0 ? byte >> 4 : byte & 15;
  }

  while (at + 1 < codes.length) {
    const count = codes[at] ?? 0;
    const value = codes[at + 1] ?? 0;
    at += 2;
    if (count > 0) {
      for (let step = 0; step < count; step++) put(isNibbles ? (step % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      return indexes;
    } else if (value === 2) {
      x += codes[at] ?? 0;
      y += codes[at + 1] ?? 0;
      at += 2;
    } else {
      const packedBytes = isNibbles ? Math.ceil(value / 2) : value;
      if (at + packedBytes > codes.length) return TRUNCATED;
      for (let step = 0; step < value; step++) put(unpack(at, step));
      at += packedBytes + (packedBytes % 2); // runs start on even bytes
    }
    if (y >= height) return indexes;
    if (x > width + 1) return DAMAGED;
  }
  // Some writers leave the end code out once the last pixel is there.
  return y === height - 1 && x >= width ? indexes : TRUNCATED;
}
