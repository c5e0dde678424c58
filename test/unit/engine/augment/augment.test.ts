import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  augmentSettings,
  DEFAULT_AUGMENT_SETTINGS,
  type AugmentSettings,
} from '../../../../src-main/contract/augment.ts';
import { augmentPixels } from '../../../../src-main/engine/augment/augment.ts';
import { augmentationFor, NO_AUGMENTATION, type AugmentationKey } from '../../../../src-main/engine/augment/draw.ts';
import { meanGreyOf } from '../../../../src-main/engine/augment/colour.ts';
import { anySettings } from '../../../helpers/augment-settings.ts';
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

test.each([
  [
    { flip: true, minCropArea: 0.7, rotationDegrees: 10, colourJitter: 0.2 },
    'cd65f4b89961729e88e0bede0d09386be3f1cee3e44824dc2d6c30d92f539895',
  ],
  [
    { flip: true, minCropArea: 0.2, rotationDegrees: 30, colourJitter: 0.4 },
    'e3125efe54e62cac3921f858b88825ed3917954df416f3a3187c67b0b19c3ba4',
  ],
])('settings %j give the very pixels that they gave before there were others', (earlier, expected) => {
  const hash = createHash('sha256');
  const target = new Uint8Array(48 * 48 * 3);
  for (let index = 0; index < 20; index++) {
    const draw = augmentationFor(augmentSettings.parse(earlier), { seed: 5, epoch: index % 4, index });
    augmentPixels(noise(60, 60), draw, target, 48);
    hash.update(target);
  }
  expect(hash.digest('hex')).toBe(expected);
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
  const key = fc.record({ seed: fc.nat(), epoch: fc.nat(1000), index: fc.nat() });
  const sides = fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }));
  fc.assert(
    fc.property(
      anySettings,
      key,
      sides,
      fc.integer({ min: 1, max: 40 }),
      (strength, which, [width, height], sizePx) => {
        const source = noise(width, height);
        const before = source.data.slice();
        const bytes = sizePx * sizePx * 3;
        const around = new Uint8Array(bytes + 2).fill(254);
        const draw = augmentationFor({ ...strength, colourJitter: 0, hueJitter: 0, cutoutShare: 0 }, which);
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
      },
    ),
    { numRuns: 300 },
  );
});
