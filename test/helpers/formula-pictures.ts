import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Augmentation } from '../../src-main/contract/augment.ts';
import type { Pixels } from '../../src-main/engine/augment/pixels.ts';
import { repositoryRoot } from './shared.ts';

/** Pictures by formula, as test/fixtures/augment/make-variants.py has them. */
function picture(width: number, height: number, valueOf: (x: number, y: number, channel: number) => number): Pixels {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return valueOf(pixel % width, Math.floor(pixel / width), at % 3);
  });
  return { data, width, height };
}

const noiseAt = (x: number, y: number, c: number): number => (x * 7919 + y * 10473 + c * 3137 + x * y * 13) % 251;

/** No pattern that a mistake in an index would survive. */
export function noise(width: number, height: number): Pixels {
  return picture(width, height, noiseAt);
}

/** Values that tell where they are. */
export function ramps(width: number, height: number): Pixels {
  return picture(width, height, (x, y, channel) => {
    const value = [20 + (180 * x) / width, 30 + (200 * y) / height, 40 + (150 * x * y) / (width * height)][channel];
    return Math.floor(value ?? 0);
  });
}

/** Colours far from 0 and 255. */
export function pastel(width: number, height: number): Pixels {
  return picture(width, height, (x, y, channel) => 96 + Math.floor(noiseAt(x, y, channel) / 5));
}

interface Variant {
  readonly width: number;
  readonly height: number;
  readonly augmentation: Pick<Augmentation, 'isFlipped' | 'crop' | 'rotationRadians'>;
  readonly pixels: readonly number[];
}

interface Variants {
  readonly sizePx: number;
  /** Of `noise`, by Pillow in one affine map. */
  readonly warps: readonly Variant[];
  /** Of `ramps`, by torchvision step by step. */
  readonly chains: readonly Variant[];
  /** Of `ramps`, by torchvision with antialiasing. */
  readonly shrunk: readonly Variant[];
  /** Of 8 × 8 pixels. */
  readonly colours: readonly {
    readonly picture: 'noise' | 'pastel';
    readonly change: Partial<Augmentation>;
    readonly pixels: readonly number[];
  }[];
  /** Of `pastel`, 8 × 8, by torchvision's shift in HSV. */
  readonly hueOfHsv: { readonly turns: number; readonly pixels: readonly number[] };
}

/** What Pillow and torchvision make of these pictures. */
export function referenceVariants(): Variants {
  const file = join(repositoryRoot, 'test', 'fixtures', 'augment', 'variants.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Variants; // written by the script beside it
}

interface Mixed {
  /** λ as it was drawn. */
  readonly share: number;
  /** CutMix: x and y of the box's centre, pixels. */
  readonly centre: readonly [x: number, y: number];
  readonly images: readonly number[];
  readonly labels: readonly number[];
}

interface Effects {
  readonly sizePx: number;
  /** Of `noise`, by SciPy's bilinear map. */
  readonly lens: readonly {
    readonly width: number;
    readonly height: number;
    readonly augmentation: Partial<Augmentation>;
    readonly pixels: readonly number[];
  }[];
  /** Of `noise`, by SciPy's Gaussian filter. */
  readonly blur: readonly {
    readonly width: number;
    readonly height: number;
    readonly sigma: number;
    readonly pixels: readonly number[];
  }[];
  /** What torchvision mixes, each with the one before it. */
  readonly batch: {
    readonly size: number;
    readonly shape: readonly number[];
    readonly classCount: number;
    readonly images: readonly number[];
    readonly classes: readonly number[];
  };
  readonly mixup: readonly Mixed[];
  readonly cutmix: readonly Mixed[];
  /** Of Beta(alpha, alpha), by SciPy: the share below each point, and the moments about 0 from the first on. */
  readonly beta: readonly {
    readonly alpha: number;
    readonly points: readonly number[];
    readonly cdf: readonly number[];
    readonly moments: readonly number[];
  }[];
}

/** What SciPy and torchvision make of these pictures and of a batch. */
export function referenceEffects(): Effects {
  const file = join(repositoryRoot, 'test', 'fixtures', 'augment', 'effects.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Effects; // written by the script beside it
}

export function largestDifference(got: ArrayLike<number>, expected: readonly number[]): number {
  if (got.length !== expected.length) return Infinity;
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(value - (got[at] ?? NaN))), 0);
}

export function meanDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < expected.length; at++) sum += Math.abs((expected[at] ?? NaN) - (got[at] ?? NaN));
  return sum / expected.length;
}
