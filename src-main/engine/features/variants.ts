import type { Augmentation } from '../../contract/augment.ts';
import type { AugmentationMode, TrainConfig } from '../../contract/training.ts';
import { augmentPixels } from '../augment/augment.ts';
import { augmentationFor, NO_AUGMENTATION } from '../augment/draw.ts';
import { createRandom } from '../random.ts';
import type { Augmenting } from './tables.ts';

/** Which variants of the training pictures the epochs see. */
export interface Variation {
  readonly mode: AugmentationMode;
  /** Mode `cached`: variants of each picture, the picture as it is among them. */
  readonly count: number;
  readonly augmenting: Augmenting;
}

export function variationOf({
  augmentation,
  variants,
  augment,
  seed,
}: Pick<TrainConfig, 'augmentation' | 'variants' | 'augment' | 'seed'>): Variation {
  return { mode: augmentation, count: variants, augmenting: { settings: augment, seed } };
}

/** How many variants of a training picture are stored before training. */
export function storedVariantCount({ mode, count }: Pick<Variation, 'mode' | 'count'>): number {
  return mode === 'cached' ? count : 1;
}

/**
 * Number of the variant that a row shows in an epoch, a function of (seed, epoch, row); 0 is the picture as it is.
 *
 * @param epoch  null where something is measured: that is done on pictures as they are.
 */
export function variantOf({ mode, count, augmenting }: Variation, epoch: number | null, row: number): number {
  if (epoch === null || mode === 'off') return 0;
  if (mode === 'live') return epoch + 1;
  return Math.floor(createRandom(augmenting.seed, 3, epoch, row)() * count);
}

interface Placing {
  /** uint8 [imageSize, imageSize, 3]. Written. */
  readonly place: Uint8Array;
  readonly imageSize: number;
  readonly sha256: string;
  readonly variant: number;
  readonly augmenting: Augmenting;
}

/**
 * What a variant of a picture is. It depends on the seed, its number and the picture's bytes, so that adding pictures changes
 * none of the others'.
 */
export function augmentationOf(sha256: string, variant: number, { settings, seed }: Augmenting): Augmentation {
  if (variant === 0) return NO_AUGMENTATION;
  return augmentationFor(settings, { seed, epoch: variant, index: Number.parseInt(sha256.slice(0, 8), 16) });
}

/**
 * Makes a variant of a picture, as `augmentationOf` says.
 *
 * @param pixels  uint8 [imageSize, imageSize, 3]. Borrowed.
 */
export function putVariant(pixels: Uint8Array, { place, imageSize, sha256, variant, augmenting }: Placing): void {
  if (variant === 0) return place.set(pixels);
  const augmentation = augmentationOf(sha256, variant, augmenting);
  augmentPixels({ data: pixels, width: imageSize, height: imageSize }, augmentation, place, imageSize);
}
