import { expect, test } from 'vitest';
import type { TransferReport } from '../../../../src-main/contract/choosing.ts';
import { curveWithAlpha, saturatedBelow } from '../../../../src-renderer/lib/activation-alpha.ts';
import { meanCorrelation } from '../../../../src-renderer/lib/correlation.ts';
import { transferWords } from '../../../../src-renderer/lib/transfer-words.ts';

const rounded = (values: readonly number[]): readonly number[] => values.map((value) => Number(value.toFixed(6)));

test('a branch below 0 follows its α; by hand: e⁻¹ = 0.367879', () => {
  const x = [-1, 0, 2];
  expect(curveWithAlpha('leakyRelu', 0.1, x)).toEqual({ y: [-0.1, 0, 2], slope: [0.1, 0.1, 1] });
  const elu = curveWithAlpha('elu', 2, x);
  expect(rounded(elu.y)).toEqual([-1.264241, 0, 2]); // 2 (0.367879 − 1)
  expect(rounded(elu.slope)).toEqual([0.735759, 2, 1]); // 2 · 0.367879, and of the corner that below
});

test('only ELU gets flatter; by hand: e^x = 0.05 at −2.9957', () => {
  expect(saturatedBelow('elu', 1)).toBeCloseTo(-2.9957, 4);
  expect(saturatedBelow('elu', 2)).toBeCloseTo(-2.9957, 4); // its largest slope is 2
  expect(saturatedBelow('elu', 0.5)).toBeCloseTo(-2.3026, 4); // ln 0.1
  expect(saturatedBelow('elu', 0)).toBe(0);
  expect(saturatedBelow('leakyRelu', 0.01)).toBeNull();
});

test('mean correlation by hand, of those that vary', () => {
  expect(
    meanCorrelation([
      [4, 3],
      [3, 9],
    ]),
  ).toBeCloseTo(0.5, 12); // 3 / (2 · 3)
  expect(
    meanCorrelation([
      [4, -6, 0],
      [-6, 9, 0],
      [0, 0, 0],
    ]),
  ).toBeCloseTo(1, 12);
  expect(
    meanCorrelation([
      [2, 0],
      [0, 3],
    ]),
  ).toBe(0);
});

const way = (accuracy: number) => ({ accuracy, interval: { low: 0, high: 1 }, seconds: 1 });
const report: TransferReport = {
  split: 'validation',
  imageCount: 100,
  trainingCount: 244,
  transfer: way(0.94),
  scratch: way(0.7),
  onlyTransfer: 26,
  onlyScratch: 2,
  pValue: 0.0001,
  seeds: [],
  headOnFewer: [],
  enough: { imagesPerClass: 5, imageCount: 10, accuracy: 0.8 },
  sentence: '',
};

test('what transfer brought is a gain, a loss or luck', () => {
  const words = (changes: Partial<TransferReport>): string =>
    transferWords({ ...report, ...changes }).replaceAll('\u00a0', ' ');
  expect(words({})).toBe(
    'Transfer brought 24.0 points: 94.0 % instead of 70.0 % of the pictures are right (p < 0.001). ' +
      'A head on 10 of the 244 training pictures is already as good as the network from scratch on all of them.',
  );
  expect(words({ pValue: 0.2, enough: null })).toContain('that can be luck (p = 0.200)');
  expect(words({ transfer: way(0.7), scratch: way(0.8), pValue: 0.01, enough: null })).toContain(
    'From scratch was better by 10.0 points',
  );
});
