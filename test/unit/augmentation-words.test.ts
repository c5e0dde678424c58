import { expect, test } from 'vitest';
import type { Augmentation } from '../../src-main/contract/augment.ts';
import { augmentationWords } from '../../src-main/cli/augmentation-words.ts';
import { NO_AUGMENTATION } from '../../src-main/engine/augment/draw.ts';

const wordsOf = (change: Partial<Augmentation>) =>
  augmentationWords({ augmentation: { ...NO_AUGMENTATION, ...change }, mix: null });

test('a picture to which nothing happens is called so', () => {
  expect(wordsOf({})).toBe('as it is');
});

test('every part of a draw has its words, in the order in which it happens', () => {
  const half = { left: 0.1, top: 0.2, width: 0.8, height: 0.5 };
  const draw = {
    isFlipped: true,
    crop: half,
    rotationRadians: -Math.PI / 18,
    brightness: 1.1,
    contrast: 0.9,
    saturation: 1.25,
    hueTurns: 0.01,
    lensCoefficient: -0.12,
    blurSigma: 1.26,
    cutout: half,
  };
  expect(wordsOf(draw)).toBe(
    'mirrored, 40 % of the area, turned -10.0°, pincushion 12 %, brightness × 1.10, contrast × 0.90, saturation × 1.25, ' +
      'hue 3.6°, blur 1.3 pixels, 40 % hidden',
  );
  expect(wordsOf({ lensCoefficient: 0.2 })).toBe('barrel 20 %');
});

test('a mixed picture names its partner, and how much of it there is', () => {
  const mix = { kind: 'mixup' as const, share: 0.7, box: null, path: 'bee/3.jpg', className: 'bee' };
  expect(augmentationWords({ augmentation: NO_AUGMENTATION, mix })).toBe('30 % of bee/3.jpg (bee) mixed in');
  expect(augmentationWords({ augmentation: NO_AUGMENTATION, mix: { ...mix, kind: 'cutmix' } })).toBe(
    '30 % from bee/3.jpg (bee)',
  );
});
