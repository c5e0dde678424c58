import { describe, expect, test } from 'vitest';
import { changeColours, colourChange, meanGreyOf } from '../../../../src-main/engine/augment/colour.ts';
import type { Augmentation } from '../../../../src-main/contract/augment.ts';
import { NO_AUGMENTATION } from '../../../../src-main/engine/augment/draw.ts';
import {
  largestDifference,
  meanDifference,
  noise,
  pastel,
  referenceVariants,
} from '../../../helpers/formula-pictures.ts';

const { colours, hueOfHsv } = referenceVariants();

function changed(pixels: Uint8Array, change: Partial<Augmentation>): Uint8Array {
  const result = pixels.slice();
  changeColours(result, colourChange({ ...NO_AUGMENTATION, ...change }, meanGreyOf(pixels)));
  return result;
}

describe('to half a grey level (rounding) and a tenth', () => {
  test.each(colours.map((colour) => [colour.picture, JSON.stringify(colour.change), colour] as const))(
    '%s changed by %s agrees with torchvision, hue with YIQ’s definition',
    (_, _change, { picture, change, pixels }) => {
      const source = picture === 'noise' ? noise(8, 8) : pastel(8, 8);
      expect(largestDifference(changed(source.data, change), pixels)).toBeLessThan(0.6);
    },
  );
});

test('no change of colour keeps every byte', () => {
  expect(changed(noise(9, 9).data, {})).toEqual(noise(9, 9).data);
});

test('hue turns the way torchvision’s does, and keeps what HSV does not: the grey of every pixel', () => {
  const { data } = pastel(8, 8);
  const forwards = changed(data, { hueTurns: hueOfHsv.turns });
  const backwards = changed(data, { hueTurns: -hueOfHsv.turns });
  expect(meanDifference(forwards, hueOfHsv.pixels)).toBeLessThan(0.6 * meanDifference(backwards, hueOfHsv.pixels));
  for (let at = 0; at < data.length; at += 3) {
    const before = meanGreyOf(data.subarray(at, at + 3));
    expect(Math.abs(meanGreyOf(forwards.subarray(at, at + 3)) - before)).toBeLessThan(0.6);
  }
});

test('only the bytes of the given view change', () => {
  const around = new Uint8Array(12).fill(100);
  changeColours(around.subarray(3, 9), colourChange({ ...NO_AUGMENTATION, brightness: 2 }, 0));
  expect(Array.from(around)).toEqual([100, 100, 100, 200, 200, 200, 200, 200, 200, 100, 100, 100]);
});
