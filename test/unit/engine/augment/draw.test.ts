import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  augmentation,
  AUGMENT_PRESETS,
  type Augmentation,
  type AugmentSettings,
} from '../../../../src-main/contract/augment.ts';
import { augmentationFor, NO_AUGMENTATION } from '../../../../src-main/engine/augment/draw.ts';
import { anySettings } from '../../../helpers/augment-settings.ts';

const NOTHING = AUGMENT_PRESETS.none;
const STRONG: AugmentSettings = {
  ...NOTHING,
  flip: true,
  minCropArea: 0.2,
  rotationDegrees: 30,
  colourJitter: 0.4,
  lensDistortion: 0.2,
  blurSigma: 2,
  cutoutShare: 0.5,
};
const DRAWS = 10_000;

/** A draw's numbers, by what they mean. */
function valuesOf({ isFlipped, crop, cutout, ...rest }: Augmentation) {
  return {
    hiddenArea: (cutout?.width ?? 0) * (cutout?.height ?? 0),
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
    ['lensCoefficient', -0.2, 0.2],
    ['blurSigma', 0, 2],
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
      'lensCoefficient',
      'blurSigma',
      'hiddenArea',
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
    lensDistortion: ({ lensCoefficient }: Augmentation) => lensCoefficient,
    blurSigma: ({ blurSigma }: Augmentation) => blurSigma,
    cutoutShare: ({ cutout }: Augmentation) => cutout,
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

/** Each kind, what its draw is without it, and a strength at which it shows. */
const KINDS = {
  flip: { strength: { flip: true }, of: ({ isFlipped }: Augmentation) => isFlipped },
  crop: { strength: { minCropArea: 0.2 }, of: ({ crop }: Augmentation) => crop },
  rotation: { strength: { rotationDegrees: 30 }, of: ({ rotationRadians }: Augmentation) => rotationRadians },
  colour: {
    strength: { colourJitter: 0.4 },
    of: ({ brightness, contrast, saturation, hueTurns }: Augmentation) => [brightness, contrast, saturation, hueTurns],
  },
  lens: { strength: { lensDistortion: 0.2 }, of: ({ lensCoefficient }: Augmentation) => lensCoefficient },
  blur: { strength: { blurSigma: 2 }, of: ({ blurSigma }: Augmentation) => blurSigma },
  cutout: { strength: { cutoutShare: 0.5 }, of: ({ cutout }: Augmentation) => cutout },
};

describe.each(Object.entries(KINDS))('of %s', (kind, { strength, of }) => {
  /** In how many of 4,000 draws something happens. */
  function shareWith(probability: number): number {
    const settings = { ...NOTHING, ...strength, [`${kind}Probability`]: probability };
    const nothing = JSON.stringify(of(NO_AUGMENTATION));
    let count = 0;
    for (let index = 0; index < 4000; index++) {
      if (JSON.stringify(of(augmentationFor(settings, { seed: 11, epoch: 0, index }))) !== nothing) count++;
    }
    return count / 4000;
  }

  test('probability 0 is never, 1 is always, and between them as often as it says', () => {
    expect([shareWith(0), shareWith(1)]).toEqual([0, 1]);
    expect(Math.abs(shareWith(0.3) - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 4000));
  });

  test('a probability changes whether it happens, not how', () => {
    const draw = (probability: number, index: number) =>
      of(augmentationFor({ ...STRONG, [`${kind}Probability`]: probability }, { seed: 12, epoch: 0, index }));
    const nothing = JSON.stringify(of(NO_AUGMENTATION));
    const changed = Array.from({ length: 200 }, (_, index) => [draw(0.5, index), draw(1, index)]).filter(
      ([some, always]) => JSON.stringify(some) !== nothing && JSON.stringify(some) !== JSON.stringify(always),
    );
    expect(changed).toEqual([]);
  });
});

test('the ResNet crop is the share 224 / s of the side, s uniform in its range, anywhere in the picture', () => {
  const draws = Array.from(
    { length: DRAWS },
    (_, index) => augmentationFor(AUGMENT_PRESETS.resnet, { seed: 7, epoch: 3, index }).crop,
  );
  expect(draws.filter(({ width, height }) => width !== height)).toEqual([]);
  const scaled = draws.map(({ width }) => 224 / width);
  const places = draws.flatMap(({ left, top, width }) => [left / (1 - width), top / (1 - width)]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect([Math.min(...scaled), Math.max(...scaled)].map(Math.round)).toEqual([256, 480]);
  expect(Math.abs(mean(scaled) - 368)).toBeLessThan((5 * 224) / Math.sqrt(12 * DRAWS));
  expect([Math.min(...places) >= 0, Math.max(...places) <= 1]).toEqual([true, true]);
  expect(Math.abs(mean(places) - 0.5)).toBeLessThan(5 / Math.sqrt(24 * DRAWS));
});

test('the ResNet crop leaves what is drawn besides the crop as it was', () => {
  for (let index = 0; index < 20; index++) {
    const key = { seed: 5, epoch: 0, index };
    const { crop, ...others } = augmentationFor(STRONG, key);
    const { crop: scaled, ...same } = augmentationFor({ ...STRONG, scaleRange: [256, 480] }, key);
    expect(same).toEqual(others);
    expect(scaled).not.toEqual(crop);
  }
});

test('a hue of its own replaces the tenth of the colour jitter', () => {
  const largest = (settings: AugmentSettings) =>
    Math.max(
      ...Array.from({ length: 1000 }, (_, index) =>
        Math.abs(augmentationFor(settings, { seed: 2, epoch: 0, index }).hueTurns),
      ),
    );
  expect(largest({ ...STRONG, hueJitter: 0 })).toBe(0);
  expect(largest(STRONG)).toBeCloseTo(0.04, 3);
  expect(largest({ ...STRONG, hueJitter: 0.25 })).toBeCloseTo(0.25, 2);
});

test('cutouts are centred anywhere, and what reaches beyond the picture is cut off', () => {
  const boxes = Array.from(
    { length: DRAWS },
    (_, index) => augmentationFor({ ...NOTHING, cutoutShare: 0.5 }, { seed: 3, epoch: 0, index }).cutout,
  ).filter((box) => box !== null);
  expect(boxes).toHaveLength(DRAWS);
  expect(
    boxes.filter(({ left, top, width, height }) => left < 0 || top < 0 || left + width > 1 || top + height > 1),
  ).toEqual([]);
  const inside = boxes.filter(({ left, width }) => left > 0 && left + width < 1);
  // Of a side s the centre keeps s / 2 from both edges with the chance 1 − s; s is uniform in [0, 0.5].
  expect(Math.abs(inside.length / DRAWS - 0.75)).toBeLessThan(0.025);
  expect(Math.max(...inside.map(({ width }) => width))).toBeCloseTo(0.5, 2);
});

test('presets vary pictures as far as their names say', () => {
  const shown = Object.entries(AUGMENT_PRESETS).map(([name, settings]) => {
    const draws = Array.from({ length: 200 }, (_, index) => augmentationFor(settings, { seed: 1, epoch: 0, index }));
    return [name, Object.keys(KINDS).filter((kind) => draws.some((draw) => happens(kind as keyof typeof KINDS, draw)))]; // as: its own keys
  });
  expect(Object.fromEntries(shown)).toEqual({
    none: [],
    gentle: ['flip', 'crop', 'rotation', 'colour'],
    photographs: ['flip', 'crop', 'rotation', 'colour', 'lens', 'blur'],
    documents: ['crop', 'rotation', 'colour', 'lens', 'blur'],
    strong: ['flip', 'crop', 'rotation', 'colour', 'lens', 'blur', 'cutout'],
    resnet: ['flip', 'crop'],
  });
});

function happens(kind: keyof typeof KINDS, draw: Augmentation): boolean {
  const { of } = KINDS[kind];
  return JSON.stringify(of(draw)) !== JSON.stringify(of(NO_AUGMENTATION));
}

test('any settings draw within their ranges, and the same for the same key', () => {
  const key = fc.record({ seed: fc.nat(), epoch: fc.nat(1000), index: fc.nat() });
  fc.assert(
    fc.property(anySettings, key, (settings, which) => {
      const draw = augmentationFor(settings, which);
      expect(augmentationFor(settings, which)).toEqual(draw);
      expect(augmentation.safeParse(draw).success).toBe(true);
      const { crop, cutout, lensCoefficient, blurSigma, rotationRadians } = draw;
      const smallest = settings.scaleRange === null ? settings.minCropArea : (224 / settings.scaleRange[1]) ** 2;
      expect(crop.width * crop.height).toBeGreaterThan(smallest - 1e-9);
      expect(Math.max(crop.left + crop.width, crop.top + crop.height)).toBeLessThan(1 + 1e-9);
      expect(Math.abs(lensCoefficient)).toBeLessThanOrEqual(settings.lensDistortion);
      expect(blurSigma).toBeLessThanOrEqual(settings.blurSigma);
      expect(Math.max(cutout?.width ?? 0, cutout?.height ?? 0)).toBeLessThan(settings.cutoutShare + 1e-9);
      expect(Math.abs(rotationRadians)).toBeLessThanOrEqual((settings.rotationDegrees * Math.PI) / 180);
      expect(draw.isFlipped && !(settings.flip && settings.flipProbability > 0)).toBe(false);
    }),
    { numRuns: 500 },
  );
});
