import { describe, expect, test } from 'vitest';
import type { AugmentSettings } from '../../../../src-main/contract/training.ts';
import { augmentationFor, NO_AUGMENTATION, type Augmentation } from '../../../../src-main/engine/augment/draw.ts';

const STRONG: AugmentSettings = { flip: true, minCropArea: 0.2, rotationDegrees: 30, colourJitter: 0.4 };
const NOTHING: AugmentSettings = { flip: false, minCropArea: 1, rotationDegrees: 0, colourJitter: 0 };
const DRAWS = 10_000;

/** A draw's numbers, by what they mean. */
function valuesOf({ isFlipped, crop, ...rest }: Augmentation) {
  return {
    flipped: isFlipped ? 1 : 0,
    area: crop.width * crop.height,
    logAspect: Math.log(crop.width / crop.height),
    // Where the crop lies among the places that it has.
    placeX: crop.left / (1 - crop.width),
    placeY: crop.top / (1 - crop.height),
    ...rest,
  };
}
type Name = keyof ReturnType<typeof valuesOf>;

describe('over 10,000 pictures of an epoch', () => {
  const draws = Array.from({ length: DRAWS }, (_, index) => augmentationFor(STRONG, { seed: 7, epoch: 3, index }));
  const values = draws.map(valuesOf);
  const column = (name: Name): number[] => values.map((value) => value[name]);

  /** A uniform variable's mean lies within 5 standard errors of the middle, and its ends within a hundredth of the bounds. */
  function expectUniform(numbers: readonly number[], low: number, high: number): void {
    const [middle, range] = [(low + high) / 2, high - low];
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
    expect(Math.abs(mean - middle)).toBeLessThan((5 * range) / Math.sqrt(12 * numbers.length));
    expect(variance / (range ** 2 / 12)).toBeCloseTo(1, 1);
    const smallest = Math.min(...numbers);
    const largest = Math.max(...numbers);
    expect(smallest).toBeGreaterThanOrEqual(low - 1e-9);
    expect(largest).toBeLessThanOrEqual(high + 1e-9);
    expect(smallest).toBeLessThan(low + range / 100);
    expect(largest).toBeGreaterThan(high - range / 100);
  }

  test.each<[Name, number, number]>([
    ['area', 0.2, 1],
    ['placeX', 0, 1],
    ['placeY', 0, 1],
    ['rotationRadians', -Math.PI / 6, Math.PI / 6],
    ['brightness', 0.6, 1.4],
    ['contrast', 0.6, 1.4],
    ['saturation', 0.6, 1.4],
    ['hueTurns', -0.04, 0.04],
  ])('%s is uniform between %d and %d', (name, low, high) => {
    expectUniform(column(name), low, high);
  });

  test('the aspect ratio is log-uniform between 3/4 and 4/3 where the area leaves it free', () => {
    const free = values.filter(({ area }) => area < 3 / 4).map(({ logAspect }) => logAspect);
    expectUniform(free, Math.log(3 / 4), Math.log(4 / 3));
  });

  test('half of the pictures are mirrored', () => {
    const share = column('flipped').reduce((sum, value) => sum + value, 0) / DRAWS;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.025);
  });

  test('every crop lies within the picture', () => {
    const outside = draws.filter(
      ({ crop: { left, top, width, height } }) => left < 0 || top < 0 || left + width > 1 || top + height > 1,
    );
    expect(outside).toEqual([]);
  });

  test('what is drawn for one purpose tells nothing about the rest', () => {
    const names: Name[] = [
      'flipped',
      'area',
      'placeX',
      'placeY',
      'rotationRadians',
      'brightness',
      'contrast',
      'hueTurns',
    ];
    const related = names.flatMap((a, at) =>
      names.slice(at + 1).flatMap((b) => (Math.abs(correlation(column(a), column(b))) > 0.05 ? [`${a}, ${b}`] : [])),
    );
    expect(related).toEqual([]);
  });

  test('neighbours in index and in epoch are unrelated', () => {
    const brightness = column('brightness');
    const nextIndex = [...brightness.slice(1), 1];
    const nextEpoch = draws.map((_, index) => augmentationFor(STRONG, { seed: 7, epoch: 4, index }).brightness);
    expect(Math.abs(correlation(brightness, nextIndex))).toBeLessThan(0.05);
    expect(Math.abs(correlation(brightness, nextEpoch))).toBeLessThan(0.05);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], y: readonly number[], meanX: number, meanY: number) =>
    x.reduce((sum, value, at) => sum + (value - meanX) * ((y[at] ?? NaN) - meanY), 0);
  return product(a, b, meanA, meanB) / Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB));
}

test('settings of no strength draw what leaves a picture as it is', () => {
  for (let index = 0; index < 100; index++) {
    expect(augmentationFor(NOTHING, { seed: 1, epoch: 0, index })).toEqual(NO_AUGMENTATION);
  }
});

test('a draw depends on seed, epoch and index alone', () => {
  const key = { seed: 1, epoch: 2, index: 3 };
  const draw = augmentationFor(STRONG, key);
  expect(augmentationFor(STRONG, key)).toEqual(draw);
  for (const other of [{ seed: 2 }, { epoch: 3 }, { index: 4 }, { epoch: 3, index: 2 }]) {
    expect(augmentationFor(STRONG, { ...key, ...other })).not.toEqual(draw);
  }
});

test('a change of one setting leaves the draws of the others as they were', () => {
  const groups = {
    flip: ({ isFlipped }: Augmentation) => isFlipped,
    minCropArea: ({ crop }: Augmentation) => crop,
    rotationDegrees: ({ rotationRadians }: Augmentation) => rotationRadians,
    colourJitter: ({ brightness, contrast, saturation, hueTurns }: Augmentation) => [
      brightness,
      contrast,
      saturation,
      hueTurns,
    ],
  };
  const names = Object.keys(groups) as (keyof typeof groups)[]; // of a literal: it has no other keys
  const read = (settings: AugmentSettings, name: keyof typeof groups) =>
    Array.from({ length: 20 }, (_, index) => groups[name](augmentationFor(settings, { seed: 5, epoch: 0, index })));
  for (const changed of names) {
    const settings = { ...STRONG, [changed]: NOTHING[changed] };
    const moved = names.filter((name) => JSON.stringify(read(settings, name)) !== JSON.stringify(read(STRONG, name)));
    expect(moved).toEqual([changed]);
  }
});
