import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { penaltyOptions } from '../../../../src-main/contract/lab/penalties.ts';
import { comparePenalties } from '../../../../src-main/engine/lab/compare-penalties.ts';
import { solvePenalised } from '../../../../src-main/engine/lab/penalised-heads.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { farFromOptimum, smallProblem } from '../../../helpers/lab-optimum.ts';
import { sparseExamples } from '../../../helpers/lab-inputs.ts';

beforeAll(loadTestBackend);

const examples = sparseExamples({ pictureCount: 300, featureCount: 100, relevantCount: 5 });
const options = penaltyOptions.parse({});

test('each head fulfils the conditions of the optimum: gradient and penalty hold each other at every weight', async () => {
  const penalties = [
    { l1: 0.05, l2: 0 },
    { l1: 0.005, l2: 0 },
    { l1: 0, l2: 0.05 },
    { l1: 0.01, l2: 0.01 },
  ];
  const far = await farFromOptimum(smallProblem(), penalties);
  expect(far.map(({ farthest }) => farthest).filter((one) => !(one < 1e-4))).toEqual([]);
  expect(far.map(({ zeroCount }) => zeroCount > 0)).toEqual([true, true, false, true]);
});

test('a penalty above the gradient at nothing leaves nothing, and not a weight is exactly 0 under L2', async () => {
  const { heads } = await comparePenalties(examples, { ...options, strengths: [1] });
  expect(heads.map(({ penalty, zeroShare, usedFeatureCount }) => [penalty, zeroShare, usedFeatureCount])).toEqual([
    ['none', 0, 100],
    ['l1', 1, 0],
    ['l2', 0, 100],
  ]);
});

test('at like accuracy L1 is sparser than L2, and keeps the features that tell', async () => {
  const { heads, matched, pictureCounts, featureCount } = await comparePenalties(examples, options);
  expect([pictureCounts, featureCount]).toEqual([{ training: 200, validation: 100 }, 100]);
  const [l1, l2] = [heads[matched.l1], heads[matched.l2]];
  expect([l1?.penalty, l2?.penalty]).toEqual(['l1', 'l2']);
  expect(l1?.validationAccuracy).toBeGreaterThanOrEqual((l2?.validationAccuracy ?? 1) - options.tolerance);
  expect(l1?.zeroShare).toBeGreaterThan(0.5);
  expect(l1?.usedFeatureCount).toBeGreaterThanOrEqual(5);
  expect(l2?.zeroShare).toBe(0);
  expect(l2?.nearZeroShare).toBeLessThan(0.2);
});

test('the stronger L1 is, the fewer weights are left', async () => {
  const { heads } = await comparePenalties(examples, { ...options, strengths: [0.003, 0.01, 0.03, 0.1] });
  const shares = heads.filter(({ penalty }) => penalty === 'l1').map(({ zeroShare }) => zeroShare);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeGreaterThan((shares[0] ?? 1) + 0.3);
});

test('histograms count every weight once, and nothing is drawn at random or left behind', async () => {
  const few = { ...options, iterations: 60, bins: 9 };
  const compare = () => comparePenalties(examples, few);
  const first = await compare();
  for (const { histogram } of first.heads)
    expect([histogram.counts.length, histogram.counts.reduce((sum, count) => sum + count, 0)]).toEqual([9, 200]);
  expect(await compare()).toEqual(first);
  expect(await countLeakedTensors(compare)).toBe(0);
});

test('an abort ends it with its reason, and leaves nothing behind', async () => {
  const ending = new AbortController();
  const onProgress = () => ending.abort(new Error('enough'));
  const compare = () =>
    expect(comparePenalties(examples, options, { onProgress, signal: ending.signal })).rejects.toThrow('enough');
  expect(await countLeakedTensors(compare)).toBe(0);
});

test('one iteration from nothing is a soft-thresholded step down the gradient', async () => {
  // Two pictures, one feature ±1, a class each. At nothing p = ½: the gradient of the two classes' weights is ±½.
  const inputs = tf.tensor2d([1, 1, -1, 1], [2, 2]);
  const classes = tf.tensor1d([0, 1], 'int32');
  const penalties = [0, 0.1, 0.6].map((l1) => ({ l1, l2: 0 }));
  const solved = await solvePenalised({ inputs, classes }, penalties, { classCount: 2, iterations: 1 });
  const step = 1 / (1.1 * 0.5); // curvature ½ · largest eigenvalue 1, and the margin
  const weights = [...solved.dataSync()].slice(0, 6);
  tf.dispose([inputs, classes, solved]);
  const expected = [0.5, -0.5, 0.4, -0.4, 0, 0].map((value) => expect.closeTo(step * value, 5) as number);
  expect(weights.map((value) => value + 0)).toEqual(expected);
});
