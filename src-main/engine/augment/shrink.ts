import type { Pixels } from './pixels.ts';

/**
 * Averages boxes of pixels into one each (the last of a row or column may be smaller).
 *
 * @param factorX  width of a box, pixels; at least 1.
 * @param factorY  its height.
 * @returns        new pixels, ceil(width / factorX) × ceil(height / factorY); the source itself where both factors are 1.
 */
export function shrink(source: Pixels, factorX: number, factorY: number): Pixels {
  if (factorX === 1 && factorY === 1) return source;
  const width = Math.ceil(source.width / factorX);
  const height = Math.ceil(source.height / factorY);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const rows = { top: y * factorY, bottom: Math.min(source.height, (y + 1) * factorY) };
    averageRows(source, rows, 3 * factorX, data.subarray(y * width * 3, (y + 1) * width * 3));
  }
  return { data, width, height };
}

/** One row of boxes. @param boxBytes  length of a box's row. */
function averageRows(
  { data, width }: Pixels,
  { top, bottom }: { readonly top: number; readonly bottom: number },
  boxBytes: number,
  target: Uint8Array,
): void {
  const rowBytes = 3 * width;
  let to = 0;
  for (let left = 0; left < rowBytes; left += boxBytes) {
    const right = Math.min(rowBytes, left + boxBytes);
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let row = top; row < bottom; row++) {
      const end = row * rowBytes + right;
      for (let at = row * rowBytes + left; at < end; at += 3) {
        red += data[at] ?? 0;
        green += data[at + 1] ?? 0;
        blue += data[at + 2] ?? 0;
      }
    }
    const share = 3 / ((bottom - top) * (right - left));
    target[to] = red * share + 0.5; // storing rounds down
    target[to + 1] = green * share + 0.5;
    target[to + 2] = blue * share + 0.5;
    to += 3;
  }
}
