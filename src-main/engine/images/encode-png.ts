import { sharp } from './libvips.ts';

/**
 * A square of pixels as a PNG, which keeps every value.
 *
 * @param pixels  uint8 [sizePx, sizePx, 3], RGB. Borrowed.
 */
export function encodePng(pixels: Uint8Array, sizePx: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 3 } })
    .png()
    .toBuffer();
}
