import type { AugmentSettings } from '../../contract/training.ts';
import { createRandom, type Random } from '../random.ts';

/** What one draw does to a picture; JSON, so that it can be shown. */
export interface Augmentation {
  /** Whether left and right change places, after all else. */
  readonly isFlipped: boolean;
  /** The part that fills the result, as fractions of the source's width and height. */
  readonly crop: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** Counter-clockwise turn of the content about the crop's centre. */
  readonly rotationRadians: number;
  /** Factor of every value. */
  readonly brightness: number;
  /** Factor of every value's distance from the picture's mean grey. */
  readonly contrast: number;
  /** Factor of every value's distance from its own pixel's grey. */
  readonly saturation: number;
  /** Turn of all hues, from red towards yellow, as a share of the whole circle. */
  readonly hueTurns: number;
}

/** Leaves a picture as it is. */
export const NO_AUGMENTATION: Augmentation = {
  isFlipped: false,
  crop: { left: 0, top: 0, width: 1, height: 1 },
  rotationRadians: 0,
  brightness: 1,
  contrast: 1,
  saturation: 1,
  hueTurns: 0,
};

export interface AugmentationKey {
  readonly seed: number;
  /** Live augmentation: the epoch. Stored variants: the variant's number. */
  readonly epoch: number;
  /**
   * What tells pictures apart, 32 bits: a row number, or the first bits of a content hash, where a picture's variants are
   * to stay the same when others are added.
   */
  readonly index: number;
}

/** Keeps these draws apart from those that order and initialise with the same seed. */
const STREAM = 8;

/** The augmentation of one picture in one epoch: a pure function of its arguments. */
export function augmentationFor(settings: AugmentSettings, { seed, epoch, index }: AugmentationKey): Augmentation {
  return drawAugmentation(settings, createRandom(seed, STREAM, epoch, index));
}

/** Aspect ratios of a crop, relative to the source's. */
const MIN_ASPECT = 3 / 4;
const MAX_ASPECT = 4 / 3;

/**
 * Draws an augmentation, always with the same number of values in the same order, so that a change of one setting leaves
 * what the others draw as it was. What is added here later draws after these.
 *
 * The crop follows torchvision's `RandomResizedCrop`: a share of the area uniform in [minCropArea, 1], an aspect ratio
 * log-uniform in [3/4, 4/3], a place uniform among those that fit. There, a pair of area and ratio that does not fit is
 * drawn again, which makes large areas rarer than the setting says and the count of values vary; here the ratio is drawn
 * among those that fit the area. Colours follow its `ColorJitter`: factors uniform in [1 − jitter, 1 + jitter].
 *
 * @see Szegedy et al. 2014, "Going deeper with convolutions", arXiv:1409.4842, section 6 (the crop).
 */
export function drawAugmentation(settings: AugmentSettings, random: Random): Augmentation {
  const { minCropArea, colourJitter: jitter } = settings;
  const rotation = (settings.rotationDegrees * Math.PI) / 180;
  const isFlipped = random() < 0.5 && settings.flip;
  const crop = drawCrop(minCropArea, random);
  return {
    isFlipped,
    crop,
    rotationRadians: between(-rotation, rotation, random),
    brightness: between(1 - jitter, 1 + jitter, random),
    contrast: between(1 - jitter, 1 + jitter, random),
    saturation: between(1 - jitter, 1 + jitter, random),
    hueTurns: between(-jitter / 10, jitter / 10, random),
  };
}

function drawCrop(minArea: number, random: Random): Augmentation['crop'] {
  const area = between(minArea, 1, random);
  const logAspect = between(Math.log(Math.max(MIN_ASPECT, area)), Math.log(Math.min(MAX_ASPECT, 1 / area)), random);
  // Rounding may bring a side that just fits above 1.
  const width = Math.min(1, Math.sqrt(area * Math.exp(logAspect)));
  const height = Math.min(1, Math.sqrt(area / Math.exp(logAspect)));
  return { left: between(0, 1 - width, random), top: between(0, 1 - height, random), width, height };
}

/** Uniform in [low, high); exactly `low` where both are equal. */
function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random();
}
