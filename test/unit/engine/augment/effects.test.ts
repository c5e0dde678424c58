import { describe, expect, test } from 'vitest';
import type { Augmentation } from '../../../../src-main/contract/augment.ts';
import { augmentPixels } from '../../../../src-main/engine/augment/augment.ts';
import { blur, gaussianWeights } from '../../../../src-main/engine/augment/blur.ts';
import { NO_AUGMENTATION } from '../../../../src-main/engine/augment/draw.ts';
import type { Pixels } from '../../../../src-main/engine/augment/pixels.ts';
import { largestDifference, noise, ramps, referenceEffects } from '../../../helpers/formula-pictures.ts';

const reference = referenceEffects();

function variantOf(source: Pixels, change: Partial<Augmentation>, sizePx: number): Uint8Array {
  const target = new Uint8Array(sizePx * sizePx * 3).fill(77);
  augmentPixels(source, { ...NO_AUGMENTATION, ...change }, target, sizePx);
  return target;
}

describe('lens', () => {
  test.each(reference.lens)(
    'noise agrees with SciPy’s bilinear map to one grey level: $width × $height, $augmentation',
    ({ width, height, augmentation, pixels }) => {
      expect(largestDifference(variantOf(noise(width, height), augmentation, reference.sizePx), pixels)).toBeLessThan(
        1,
      );
    },
  );

  /** Where a bright frame of a picture's edges comes to lie along the middle row and along the diagonal, as shares of the way out. */
  function reachOfFrame(lensCoefficient: number): { readonly side: number; readonly corner: number } {
    const [size, margin] = [201, 40];
    const isOnFrame = (at: number) => at === margin || at === size - 1 - margin;
    const data = new Uint8Array(size * size * 3);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++)
        if (isOnFrame(x) || isOnFrame(y)) data.fill(255, 3 * (y * size + x), 3 * (y * size + x) + 3);
    }
    const bent = variantOf({ data, width: size, height: size }, { lensCoefficient }, size);
    const middle = (size - 1) / 2;
    const outermost = (step: 'side' | 'corner') =>
      Array.from({ length: middle }, (_, out) => out)
        .filter((out) => (bent[3 * ((step === 'side' ? middle : middle + out) * size + middle + out)] ?? 0) > 60)
        .at(-1) ?? NaN;
    return { side: outermost('side') / (middle - margin), corner: outermost('corner') / (middle - margin) };
  }

  test('above 0 makes a barrel of a square: its corners move in further than its sides; below 0 a pincushion', () => {
    const [barrel, plain, pincushion] = [reachOfFrame(0.3), reachOfFrame(0), reachOfFrame(-0.3)];
    expect(plain).toEqual({ side: 1, corner: 1 });
    expect([barrel.side < 1, barrel.corner < barrel.side - 0.02]).toEqual([true, true]);
    expect([pincushion.side > 1, pincushion.corner > pincushion.side + 0.02]).toEqual([true, true]);
  });
});

describe('blur', () => {
  test.each(reference.blur)(
    'noise agrees with SciPy’s Gaussian filter to one grey level (it goes on to 6 σ): $width × $height, σ $sigma',
    ({ width, height, sigma, pixels }) => {
      const picture = noise(width, height);
      blur(picture, sigma);
      expect(largestDifference(picture.data, pixels)).toBeLessThan(1);
    },
  );

  test('weights of the whole kernel sum to 1 and have the variance that was asked for', () => {
    for (const sigma of [0.01, 0.5, 1, 3.3, 10]) {
      const weights = Array.from(gaussianWeights(sigma));
      const whole = weights.reduce((sum, weight, x) => sum + (x === 0 ? weight : 2 * weight), 0);
      expect(whole).toBeCloseTo(1, 12);
      const variance = weights.reduce((sum, weight, x) => sum + 2 * weight * x * x, 0);
      if (sigma >= 1) expect(variance / sigma ** 2).toBeCloseTo(1, 1);
    }
  });

  test('σ 0 keeps every byte, and one colour stays that colour', () => {
    const picture = noise(9, 7);
    blur(picture, 0);
    expect(picture.data).toEqual(noise(9, 7).data);
    const white = { data: new Uint8Array(9 * 7 * 3).fill(255), width: 9, height: 7 };
    blur(white, 2.5);
    expect(new Set(white.data)).toEqual(new Set([255]));
  });

  test('a variant is blurred as the last that happens to its sharp pixels', () => {
    const sharp = { data: variantOf(noise(20, 20), { rotationRadians: 0.3 }, 16), width: 16, height: 16 };
    blur(sharp, 1.5);
    expect(variantOf(noise(20, 20), { rotationRadians: 0.3, blurSigma: 1.5 }, 16)).toEqual(sharp.data);
  });
});

test('a cutout hides whole pixels with mid grey and leaves all others', () => {
  const plain = variantOf(ramps(4, 4), { brightness: 1.1 }, 4);
  // Of 4 pixels, a quarter to 0.85 of the width (3.4, rounded to 3) and the upper half.
  const cutout = { left: 0.25, top: 0, width: 0.6, height: 0.5 };
  const hidden = variantOf(ramps(4, 4), { brightness: 1.1, cutout }, 4);
  const expected = plain.map((value, at) => {
    const [x, y] = [Math.floor(at / 3) % 4, Math.floor(at / 12)];
    return x >= 1 && x < 3 && y < 2 ? 128 : value;
  });
  expect(hidden).toEqual(expected);
  expect(new Set(variantOf(ramps(4, 4), { cutout: { left: 0, top: 0, width: 1, height: 1 } }, 4))).toEqual(
    new Set([128]),
  );
});
