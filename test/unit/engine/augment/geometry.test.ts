import { describe, expect, test } from 'vitest';
import type { Augmentation } from '../../../../src-main/contract/augment.ts';
import { augmentPixels } from '../../../../src-main/engine/augment/augment.ts';
import { NO_AUGMENTATION } from '../../../../src-main/engine/augment/draw.ts';
import type { Pixels } from '../../../../src-main/engine/augment/pixels.ts';
import { largestDifference, noise, ramps, referenceVariants } from '../../../helpers/formula-pictures.ts';

const reference = referenceVariants();

function variantOf(source: Pixels, change: Partial<Augmentation>, sizePx: number): Uint8Array {
  const target = new Uint8Array(sizePx * sizePx * 3).fill(77);
  augmentPixels(source, { ...NO_AUGMENTATION, ...change }, target, sizePx);
  return target;
}

/** A grey picture from one digit a pixel, row by row. */
function grey(...rows: readonly (readonly number[])[]): Pixels {
  const data = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value]));
  return { data, width: rows[0]?.length ?? 0, height: rows.length };
}
function firstChannel(pixels: Uint8Array, width: number): number[][] {
  const values = Array.from(pixels).filter((_, at) => at % 3 === 0);
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

describe('by hand', () => {
  const four = grey([10, 20], [30, 40]);

  test('a mirrored picture has its columns in reverse order', () => {
    expect(firstChannel(variantOf(four, { isFlipped: true }, 2), 2)).toEqual([
      [20, 10],
      [40, 30],
    ]);
  });

  test('a quarter turn is counter-clockwise: the upper right corner comes to the upper left', () => {
    expect(firstChannel(variantOf(four, { rotationRadians: Math.PI / 2 }, 2), 2)).toEqual([
      [20, 40],
      [10, 30],
    ]);
  });

  test('mirroring comes after turning', () => {
    expect(firstChannel(variantOf(four, { rotationRadians: Math.PI / 2, isFlipped: true }, 2), 2)).toEqual([
      [40, 20],
      [30, 10],
    ]);
  });

  test('a crop of whole pixels is a copy of them', () => {
    const nine = grey([1, 2, 3], [4, 5, 6], [7, 8, 9]);
    const crop = { left: 1 / 3, top: 0, width: 2 / 3, height: 2 / 3 };
    expect(firstChannel(variantOf(nine, { crop }, 2), 2)).toEqual([
      [2, 3],
      [5, 6],
    ]);
  });

  test('enlarging interpolates between the centres of pixels, and repeats the edge', () => {
    // Centres of the four target pixels lie at -1/4, 1/4, 3/4 and 5/4 of the source.
    const twice = firstChannel(variantOf(grey([0, 101], [0, 101]), {}, 4), 4);
    expect(twice).toEqual(Array.from({ length: 4 }, () => [0, 25, 76, 101])); // 25.25 and 75.75
  });

  test('beyond the edge lies the mirror image', () => {
    // A quarter turn lays the six columns over two rows: across the target are read rows -2, -1, 0, 1, 2 and 3.
    const twoRows = grey([10, 10, 10, 10, 10, 10], [20, 20, 20, 20, 20, 20]);
    const turned = firstChannel(variantOf(twoRows, { rotationRadians: Math.PI / 2 }, 6), 6);
    expect(turned).toEqual(Array.from({ length: 6 }, () => [20, 10, 10, 20, 20, 10]));
  });

  test('shrinking to half averages boxes of four pixels', () => {
    const sixteen = grey([0, 4, 8, 8], [8, 4, 8, 8], [100, 0, 1, 2], [0, 0, 3, 4]);
    expect(firstChannel(variantOf(sixteen, {}, 2), 2)).toEqual([
      [4, 8],
      [25, 3], // 2.5 rounds up
    ]);
  });
});

test('nothing to do copies every byte, and mirroring twice comes back to it', () => {
  for (const side of [1, 2, 7, 16, 224]) {
    const source = noise(side, side);
    expect(Buffer.compare(variantOf(source, {}, side), source.data)).toBe(0);
    const mirrored = { data: variantOf(source, { isFlipped: true }, side), width: side, height: side };
    expect(Buffer.compare(variantOf(mirrored, { isFlipped: true }, side), source.data)).toBe(0);
    if (side > 1) expect(Buffer.compare(mirrored.data, source.data)).not.toBe(0);
  }
});

const titled = (cases: typeof reference.warps) =>
  cases.map(
    (variant) => [`${variant.width} × ${variant.height}, ${JSON.stringify(variant.augmentation)}`, variant] as const,
  );

test.each(titled(reference.warps))(
  'noise agrees with Pillow’s affine map to one grey level (it cuts off where we round): %s',
  (_, variant) => {
    const { width, height, augmentation, pixels } = variant;
    expect(
      largestDifference(variantOf(noise(width, height), augmentation, reference.sizePx), pixels),
    ).toBeLessThanOrEqual(1);
  },
);

test.each(titled(reference.chains))('ramps agree with torchvision’s steps to two grey levels: %s', (_, variant) => {
  const { width, height, augmentation, pixels } = variant;
  expect(
    largestDifference(variantOf(ramps(width, height), augmentation, reference.sizePx), pixels),
  ).toBeLessThanOrEqual(2);
});

test.each(titled(reference.shrunk))(
  'shrunk ramps agree with torchvision’s antialiased resize to two grey levels: %s',
  (_, variant) => {
    const { width, height, augmentation, pixels } = variant;
    const got = variantOf(ramps(width, height), augmentation, reference.sizePx);
    expect(largestDifference(got, pixels)).toBeLessThanOrEqual(2);
  },
);

test('stripes that are too fine for the target turn grey, whatever the angle', () => {
  for (const sidePx of [64, 90, 128]) {
    const data = noise(sidePx, sidePx).data.map((_, at) => (Math.floor(at / 3) % 2 === 0 ? 0 : 200));
    for (const rotationRadians of [0, 0.2, Math.PI / 4]) {
      const variant = variantOf({ data, width: sidePx, height: sidePx }, { rotationRadians }, 32);
      const [darkest, brightest] = [Math.min(...variant), Math.max(...variant)];
      expect(brightest - darkest).toBeLessThan(70); // boxes of three hold one stripe or two; without averaging: 200
    }
  }
});
