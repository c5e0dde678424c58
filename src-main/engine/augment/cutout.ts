import type { Box } from '../../contract/augment.ts';

/**
 * What a hidden part shows: mid grey, which is nothing to a network whose input is centred there, as the zeros of the paper
 * are after the mean was subtracted. The picture's own mean would still tell how bright and of what colour it is.
 */
const GREY = 128;

/**
 * Hides a part of a square picture, in place. A pixel is hidden if its centre is.
 *
 * @param pixels  uint8 [sizePx, sizePx, 3]. Borrowed.
 * @see DeVries and Taylor 2017, arXiv:1708.04552.
 */
export function cutOut(pixels: Uint8Array, { left, top, width, height }: Box, sizePx: number): void {
  const [first, last] = [Math.round(left * sizePx), Math.round((left + width) * sizePx)];
  const bottom = Math.round((top + height) * sizePx);
  for (let row = Math.round(top * sizePx); row < bottom; row++) {
    pixels.fill(GREY, 3 * (row * sizePx + first), 3 * (row * sizePx + last));
  }
}
