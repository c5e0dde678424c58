import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { depthOptions } from '../../../../src-main/contract/lab/depth.ts';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { drawCurves } from '../../../../src-main/engine/lab/activation-curves.ts';
import { measureDepth } from '../../../../src-main/engine/lab/depth.ts';
import { measureEnsemble } from '../../../../src-main/engine/lab/dropout-ensemble.ts';
import { measureSigns } from '../../../../src-main/engine/lab/sign-agreement.ts';
import { trainDropped } from '../../../../src-main/engine/lab/train-dropped.ts';
import { countLeakedTensors } from '../../../helpers/backend.ts';
import { gaussianInputs, sparseExamples } from '../../../helpers/lab-inputs.ts';
import { farFromOptimum, smallProblem } from '../../../helpers/lab-optimum.ts';
import { farFromTorch } from '../../../helpers/lab-reference.ts';

// The same experiments as in the tests beside this one, on the backend that needs no set-up: a process has one.
beforeAll(async () => {
  await loadEverywhere();
  expect(tf.getBackend()).toBe('wasm');
});

test('curves and gradients are those of PyTorch', () => {
  const far = drawCurves({ from: -6, to: 6, points: 24 }).curves.map(farFromTorch);
  expect(far.filter(({ y, slope }) => !(y < 2e-6 && slope < 2e-6))).toEqual([]);
});

test('stds and gradients are those of theory for every choice', async () => {
  const options = depthOptions.parse({ depth: 5, width: 128 });
  const { runs } = await measureDepth(gaussianInputs(32, 100), options);
  const far = runs.flatMap(({ initialisation, activation, layers }) => {
    const z = layers.map(({ std, theory }) => Math.log((std ?? NaN) / theory.std) / theory.stdError);
    const first = layers[0];
    const ofGradient =
      Math.log((first?.gradientStd ?? NaN) / (first?.theory.gradientStd ?? NaN)) / (first?.theory.gradientError ?? NaN);
    return [...z, ofGradient].every((one) => Math.abs(one) < 4) ? [] : [{ initialisation, activation, z, ofGradient }];
  });
  expect(far).toEqual([]);
});

test('penalised heads reach the optimum', async () => {
  const [l1, l2] = await farFromOptimum(smallProblem(), [
    { l1: 0.05, l2: 0 },
    { l1: 0, l2: 0.05 },
  ]);
  expect([l1?.farthest, l2?.farthest].filter((far) => !((far ?? NaN) < 1e-4))).toEqual([]);
  expect(l1?.zeroCount).toBeGreaterThan(0);
});

test('signs, and the ensemble of a head that was trained with dropout, come out as well as on the other backend', async () => {
  const [sigmoid] = measureSigns(gaussianInputs(20, 10), new Uint32Array(20), { units: 8, classCount: 2, seed: 0 });
  expect(sigmoid?.perPicture).toBe(1);
  const examples = sparseExamples({ pictureCount: 240, featureCount: 30, relevantCount: 3 });
  const head = await trainDropped(examples, { units: 32, rate: 0.5, epochs: 15, seed: 0 });
  const { accuracy, agreement } = await measureEnsemble(head, examples.validationRows, examples.labels, {
    masks: 50,
    seed: 0,
  });
  expect(accuracy.scaled).toBeGreaterThan(0.8);
  expect(agreement).toBeGreaterThan(0.9);
});

test('no tensors are left behind', async () => {
  const small = depthOptions.parse({ depth: 2, width: 8 });
  expect(await countLeakedTensors(() => measureDepth(gaussianInputs(4, 6), small))).toBe(0);
});
