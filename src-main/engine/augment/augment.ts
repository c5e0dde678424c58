/**
 * Augmentation: pixels to pixels, here in plain TypeScript on one thread instead of in libvips.
 *
 * Measured by bench/augment.js (32 photographs, draws of the default settings, 224 pixels, 2 cores that others used too;
 * libvips 8.18 through sharp with 2 to 8 pictures in flight, medians of 15 paired ratios, libvips to this code):
 *
 * |                                  | processor time | elapsed time |
 * |----------------------------------|----------------|--------------|
 * | all, from 256 pixels             | 8.3–8.8        | 2.4–6.9      |
 * | crop and mirror, from 256 pixels | 2.6–3.4        | 1.4–2.9      |
 * | all, from 448 pixels (shrinks)   | 4.6–5.2        | 1.5–2.4      |
 *
 * with black corners and a larger frame on libvips' side: sharp cannot make it reflect while it turns. Here a variant takes
 * 0.9 ms of a core (1.05 with others beside it): 0.55 the warp, 0.1 the mean grey, 0.25 the colours.
 *
 * What came later costs where it happens: a lens 0.3 ms, a blur 2 ms on average over σ from 0 to 2. Presets, from 224 pixels: none
 * 0.5, gentle 0.8, photographs and documents 1.3, strong 1.5, resnet 0.5 ms a picture.
 *
 * Colours in the same pass as the warp took 0.75 instead of 0.88 ms, but then contrast needs the grey of the source first
 * (0.1 ms), which is not the grey of what the crop shows. Two passes cost next to nothing and let other steps in between.
 */
import type { Augmentation } from '../../contract/augment.ts';
import { blur } from './blur.ts';
import { changeColours, colourChange, keepsColours, meanGreyOf } from './colour.ts';
import { cutOut } from './cutout.ts';
import { frameOf } from './frame.ts';
import type { Pixels } from './pixels.ts';
import { shrink } from './shrink.ts';
import { warp } from './warp.ts';

/**
 * Makes one variant of a picture: shrink, where pixels would be skipped; crop, turn, bend and mirror in one pass; then blur,
 * colours and cutout.
 *
 * Bilinear sampling reads four pixels, so above 1.5 source pixels per target pixel the source is first averaged in boxes of
 * the nearest whole number of pixels along each axis; at most 1.5 pixels a step remain, and stripes blur instead of
 * turning into moiré.
 *
 * @param source   any size from 1 × 1; stretched to a square where it is none. Borrowed, unchanged.
 * @param target   uint8 [sizePx, sizePx, 3], RGB; not the source's memory. Borrowed.
 */
export function augmentPixels(source: Pixels, augmentation: Augmentation, target: Uint8Array, sizePx: number): void {
  const whole = frameOf(augmentation, source, sizePx);
  const factorX = Math.max(1, Math.round(Math.hypot(whole.acrossX, whole.downX)));
  const factorY = Math.max(1, Math.round(Math.hypot(whole.acrossY, whole.downY)));
  const size = { width: source.width / factorX, height: source.height / factorY };
  warp(shrink(source, factorX, factorY), frameOf(augmentation, size, sizePx), target, sizePx);
  blur({ data: target, width: sizePx, height: sizePx }, augmentation.blurSigma);
  if (!keepsColours(augmentation)) changeColours(target, colourChange(augmentation, meanGreyOf(target)));
  if (augmentation.cutout !== null) cutOut(target, augmentation.cutout, sizePx);
}
