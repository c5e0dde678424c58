import { INFERNO } from './inferno.ts';
import { sharp } from './libvips.ts';

/** How strong each place of a picture is, row-major. */
export interface Strengths {
  readonly height: number;
  readonly width: number;
  /** [height, width], 0–1. */
  readonly values: Float32Array;
}

/** Of the strongest place: the picture still shows through. */
const MOST_OPACITY = 0.92;

/**
 * Strengths as colours over a square picture: enlarged bilinearly, then coloured by inferno, with an opacity in proportion to the
 * strength, so that nothing lies over what does not count. A cell's centre comes to lie at the middle of the part of the picture that it
 * stands for, as in `tf.image.resize`.
 *
 * @param sizePx  side of the square.
 * @returns       uint8 [sizePx, sizePx, 4], RGBA, colours not multiplied by opacity. The caller's.
 */
export function colourStrengths(strengths: Strengths, sizePx: number): Uint8Array {
  const large = enlargeStrengths(strengths, sizePx);
  const rgba = new Uint8Array(sizePx * sizePx * 4);
  large.forEach((strength, at) => {
    const colour = Math.round(strength * 255);
    rgba.set(INFERNO.subarray(colour * 3, colour * 3 + 3), at * 4);
    rgba[at * 4 + 3] = Math.round(strength * MOST_OPACITY * 255);
  });
  return rgba;
}

/** @returns [sizePx, sizePx], between the values around each place; at the edges those of the edge. The caller's. */
export function enlargeStrengths({ height, width, values }: Strengths, sizePx: number): Float32Array {
  const rows = neighbours(height, sizePx);
  const columns = neighbours(width, sizePx);
  const large = new Float32Array(sizePx * sizePx);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const across = (line: number) => {
        const [left = 0, right = 0] = [values[line * width + column.before], values[line * width + column.after]];
        return left + (right - left) * column.share;
      };
      const [above, below] = [across(row.before), across(row.after)];
      large[y * sizePx + x] = above + (below - above) * row.share;
    });
  });
  return large;
}

/** For each place of the enlarged axis: the cells around its centre, and how far it is from the first to the second. */
function neighbours(cellCount: number, size: number) {
  return Array.from({ length: size }, (_, at) => {
    const centre = Math.min(Math.max(((at + 0.5) * cellCount) / size - 0.5, 0), cellCount - 1);
    const before = Math.floor(centre);
    return { before, after: Math.min(before + 1, cellCount - 1), share: centre - before };
  });
}

/** The colours alone, transparent where nothing counts: to be laid over the square that the network saw. */
export function encodeOverlay(rgba: Uint8Array, sizePx: number): Promise<Buffer> {
  return sharp(rgba, { raw: { width: sizePx, height: sizePx, channels: 4 } })
    .png()
    .toBuffer();
}

/**
 * A picture with the colours over it.
 *
 * @param pixels  uint8 [sizePx, sizePx, 3], RGB. Borrowed.
 * @param rgba    of `colourStrengths`. Borrowed.
 */
export function encodeUnderOverlay(pixels: Uint8Array, rgba: Uint8Array, sizePx: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 3 } })
    .composite([
      {
        input: Buffer.from(rgba.buffer, rgba.byteOffset, rgba.length),
        raw: { width: sizePx, height: sizePx, channels: 4 },
      },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}
