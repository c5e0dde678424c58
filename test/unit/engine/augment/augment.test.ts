import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_AUGMENT_SETTINGS, type AugmentSettings } from '../../../../src-main/contract/training.ts';
import { augmentPixels } from '../../../../src-main/engine/augment/augment.ts';
import { augmentationFor, NO_AUGMENTATION, type AugmentationKey } from '../../../../src-main/engine/augment/draw.ts';
import { meanGreyOf } from '../../../../src-main/engine/augment/colour.ts';
import { noise, ramps } from '../../../helpers/formula-pictures.ts';

const SIZE_PX = 24;

function variant(key: AugmentationKey, settings: AugmentSettings = DEFAULT_AUGMENT_SETTINGS): Uint8Array {
  const target = new Uint8Array(SIZE_PX * SIZE_PX * 3);
  augmentPixels(ramps(30, 30), augmentationFor(settings, key), target, SIZE_PX);
  return target;
}

test('the same seed, epoch and index give the same bytes, any other give other bytes', () => {
  const key = { seed: 3, epoch: 1, index: 2 };
  const bytes = variant(key);
  expect(variant(key)).toEqual(bytes);
  for (const other of [{ seed: 4 }, { epoch: 2 }, { index: 3 }]) {
    expect(variant({ ...key, ...other })).not.toEqual(bytes);
  }
});

test('contrast turns about the grey of what the crop shows, not of the whole picture', () => {
  const source = ramps(30, 30); // dark at the upper left
  const crop = { left: 0, top: 0, width: 0.5, height: 0.5 };
  const [plain, flat] = [new Uint8Array(SIZE_PX ** 2 * 3), new Uint8Array(SIZE_PX ** 2 * 3)];
  augmentPixels(source, { ...NO_AUGMENTATION, crop }, plain, SIZE_PX);
  augmentPixels(source, { ...NO_AUGMENTATION, crop, contrast: 0 }, flat, SIZE_PX);
  const expected = Math.round(meanGreyOf(plain));
  expect(new Set(flat)).toEqual(new Set([expected]));
});

function rangeOf(pixels: Uint8Array, channel: number): [low: number, high: number] {
  let [low, high] = [255, 0];
  for (let at = channel; at < pixels.length; at += 3) {
    low = Math.min(low, pixels[at] ?? NaN);
    high = Math.max(high, pixels[at] ?? NaN);
  }
  return [low, high];
}

test('any settings and any size of source fill the target with values that the source’s could become', () => {
  const settings = fc.record({
    flip: fc.boolean(),
    minCropArea: fc.double({ min: 0.05, max: 1, noNaN: true }),
    rotationDegrees: fc.double({ min: 0, max: 180, noNaN: true }),
    colourJitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const key = fc.record({ seed: fc.nat(), epoch: fc.nat(1000), index: fc.nat() });
  const sides = fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }));
  fc.assert(
    fc.property(settings, key, sides, fc.integer({ min: 1, max: 40 }), (strength, which, [width, height], sizePx) => {
      const source = noise(width, height);
      const before = source.data.slice();
      const bytes = sizePx * sizePx * 3;
      const around = new Uint8Array(bytes + 2).fill(254);
      const draw = augmentationFor({ ...strength, colourJitter: 0 }, which);
      augmentPixels(source, draw, around.subarray(1, bytes + 1), sizePx);
      const target = around.slice(1, bytes + 1);
      // A weighted mean lies within the source's own range; 254, which no source holds, lies nowhere but around.
      for (const channel of [0, 1, 2]) {
        const [darkest, brightest] = rangeOf(source.data, channel);
        const [low, high] = rangeOf(target, channel);
        expect(low >= darkest && high <= brightest).toBe(true);
      }
      expect([around.at(0), around.at(-1)]).toEqual([254, 254]);
      expect(Buffer.compare(source.data, before)).toBe(0);

      const coloured = new Uint8Array(bytes);
      augmentPixels(source, augmentationFor(strength, which), coloured, sizePx);
      const again = new Uint8Array(bytes).fill(9);
      augmentPixels(source, augmentationFor(strength, which), again, sizePx);
      expect(Buffer.compare(coloured, again)).toBe(0);
    }),
    { numRuns: 300 },
  );
});
