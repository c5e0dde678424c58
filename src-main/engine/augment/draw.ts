import type { Augmentation, AugmentSettings, Box } from '../../contract/augment.ts';
import { createRandom, type Random } from '../random.ts';

/** Leaves a picture as it is. */
export const NO_AUGMENTATION: Augmentation = {
  isFlipped: false,
  crop: { left: 0, top: 0, width: 1, height: 1 },
  rotationRadians: 0,
  brightness: 1,
  contrast: 1,
  saturation: 1,
  hueTurns: 0,
  lensCoefficient: 0,
  blurSigma: 0,
  cutout: null,
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

/** Side that the lengths of `scaleRange` are meant for, pixels. */
const RECIPE_SIDE_PX = 224;

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
  const { minCropArea, scaleRange, colourJitter: jitter, lensDistortion: lens } = settings;
  const hueJitter = settings.hueJitter ?? jitter / 10;
  const rotation = (settings.rotationDegrees * Math.PI) / 180;
  const happens = (probability: number): boolean => random() < probability;

  const isFlipped = happens(settings.flipProbability) && settings.flip;
  const crop = scaleRange === null ? drawCrop(minCropArea, random) : drawScaledCrop(scaleRange, random);
  const rotationRadians = between(-rotation, rotation, random);
  const colours = {
    brightness: between(1 - jitter, 1 + jitter, random),
    contrast: between(1 - jitter, 1 + jitter, random),
    saturation: between(1 - jitter, 1 + jitter, random),
    hueTurns: between(-hueJitter, hueJitter, random),
  };

  const isCropped = happens(settings.cropProbability);
  const isTurned = happens(settings.rotationProbability);
  const isRecoloured = happens(settings.colourProbability);
  const isBent = happens(settings.lensProbability);
  const lensCoefficient = between(-lens, lens, random);
  const isBlurred = happens(settings.blurProbability);
  const blurSigma = between(0, settings.blurSigma, random);
  const isCutOut = happens(settings.cutoutProbability);
  const cutout = drawCutout(settings.cutoutShare, random);
  return {
    ...NO_AUGMENTATION,
    isFlipped,
    ...(isCropped && { crop }),
    ...(isTurned && { rotationRadians }),
    ...(isRecoloured && colours),
    ...(isBent && { lensCoefficient }),
    ...(isBlurred && { blurSigma }),
    ...(isCutOut && { cutout }),
  };
}

function drawCrop(minArea: number, random: Random): Box {
  const area = between(minArea, 1, random);
  const logAspect = between(Math.log(Math.max(MIN_ASPECT, area)), Math.log(Math.min(MAX_ASPECT, 1 / area)), random);
  // Rounding may bring a side that just fits above 1.
  const width = Math.min(1, Math.sqrt(area * Math.exp(logAspect)));
  const height = Math.min(1, Math.sqrt(area / Math.exp(logAspect)));
  return { left: between(0, 1 - width, random), top: between(0, 1 - height, random), width, height };
}

/**
 * The ResNet recipe: scaling the whole picture to a side of s pixels and cutting 224 of them is cutting the share 224 / s of
 * the side. Of a picture that is no square, what the stored square has lost can no longer be cut.
 *
 * @see He et al. 2015, "Deep residual learning for image recognition", arXiv:1512.03385, section 3.4.
 */
function drawScaledCrop([low, high]: readonly [low: number, high: number], random: Random): Box {
  const side = RECIPE_SIDE_PX / between(low, high, random);
  random(); // the other crop's aspect ratio: this one is always a square
  return { left: between(0, 1 - side, random), top: between(0, 1 - side, random), width: side, height: side };
}

/**
 * A square whose centre lies anywhere in the picture, cut off at its edges; null where none is wanted.
 *
 * @see DeVries and Taylor 2017, arXiv:1708.04552, section 3.2: the part that lies outside matters for the result.
 */
function drawCutout(largestShare: number, random: Random): Box | null {
  const half = between(0, largestShare, random) / 2;
  const [x, y] = [random(), random()];
  if (half === 0) return null;
  const [left, top] = [Math.max(0, x - half), Math.max(0, y - half)];
  return { left, top, width: Math.min(1, x + half) - left, height: Math.min(1, y + half) - top };
}

/** Uniform in [low, high); exactly `low` where both are equal. */
function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random();
}
