import { expect, test } from 'vitest';
import type { Augmentation } from '../../../../src-main/contract/augment.ts';
import { dialValue, epochCostWords, seenWords } from '../../../../src-renderer/lib/augment-words.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const untouched: Augmentation = {
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

test('a picture as it is needs no words', () => {
  expect(seenWords({ augmentation: untouched, mix: null })).toEqual([]);
});

test('what was done is said with its size, what shows most first', () => {
  const augmentation: Augmentation = {
    ...untouched,
    isFlipped: true,
    crop: { left: 0, top: 0.2, width: 0.5, height: 0.5 },
    rotationRadians: -Math.PI / 36,
    brightness: 1.12,
  };
  expect(seenWords({ augmentation, mix: null }).map(plain)).toEqual([
    'Crop 25 %',
    'Flip',
    'Brightness + 12 %',
    'Turn − 5°',
  ]);
});

test('a mixed picture says first with what, and how much', () => {
  const mix = { kind: 'cutmix', share: 0.7, box: null, path: 'bees/1.jpg', className: 'bees' } as const;
  expect(seenWords({ augmentation: untouched, mix }).map(plain)).toEqual(['CutMix: 30 % bees']);
});

test('values of sliders are in the units that they have for people', () => {
  const shown = (...[name, values]: Parameters<typeof dialValue>): string => plain(dialValue(name, values));
  expect([
    shown('area', [0.7]),
    shown('area', [1]),
    shown('side', [256, 480]),
    shown('angle', [12]),
    shown('hue', [0.04]),
    shown('blur', [1.5]),
    shown('square', [0.5]),
    shown('alpha', [0.2]),
  ]).toEqual(['70–100 %', '100 %', '256–480 px', '± 12°', '± 14°', '≤ 1.5 px', '≤ 50 %', '0.2']);
});

test('a cost is told by the epoch, and by passes while no pace is known', () => {
  const cost = { passCount: 244, reusedCount: 0, seconds: 24, diskBytes: 0 };
  const words = epochCostWords(cost, 60);
  expect([plain(words.main), plain(words.more)]).toEqual(['0.4 s an epoch', 'about 24 s for 60 epochs']);
  expect(plain(epochCostWords({ ...cost, seconds: 0.1 }, 60).main)).toBe('under 0.01 s an epoch');
  expect(epochCostWords({ ...cost, seconds: null }, 60).main).toBe('244 passes');
});
