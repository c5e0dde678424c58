import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { softmaxCrossEntropy } from '../../../../src-main/engine/train/loss.ts';
import { createOptimizer } from '../../../../src-main/engine/train/optimizers.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';

interface Steps {
  readonly losses: number[];
  readonly kernel: number[];
  readonly bias: number[];
}
interface Reference {
  readonly features: number[];
  readonly labels: number[];
  readonly kernel: number[];
  readonly bias: number[];
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly steps: number;
  readonly adamw: Steps;
  readonly sgd: Steps;
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/train/optimizer-steps.json'), 'utf8'),
) as Reference;

beforeAll(loadTestBackend);

function runSteps(optimizer: 'adamw' | 'sgd'): Steps {
  const kernel = tf.tidy(() => tf.variable(tf.tensor2d(reference.kernel, [5, 3])));
  const bias = tf.tidy(() => tf.variable(tf.tensor1d(reference.bias)));
  const features = tf.tensor2d(reference.features, [12, 5]);
  const labels = tf.tensor1d(reference.labels, 'int32');
  const update = createOptimizer([kernel, bias], { ...reference, optimizer });
  const losses = Array.from({ length: reference.steps }, () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() =>
        softmaxCrossEntropy(tf.add(tf.matMul(features, kernel), bias) as tf.Tensor2D, labels),
      );
      update.apply(grads, reference.learningRate);
      return value.dataSync()[0]!;
    }),
  );
  const result = { losses, kernel: [...kernel.dataSync()], bias: [...bias.dataSync()] };
  update.dispose();
  tf.dispose([kernel, bias, features, labels]);
  return result;
}

function expectClose(got: number[], wanted: number[]): void {
  expect(got.length).toBe(wanted.length);
  const worst = Math.max(...got.map((value, index) => Math.abs(value - wanted[index]!)));
  expect(worst).toBeLessThan(2e-6);
}

test.each(['adamw', 'sgd'] as const)('%s takes the same ten steps as PyTorch', (optimizer) => {
  const got = runSteps(optimizer);
  const wanted = reference[optimizer];
  expectClose(got.losses, wanted.losses);
  expectClose(got.kernel, wanted.kernel);
  expectClose(got.bias, wanted.bias);
});

test('an optimiser leaves no tensor behind', () => {
  const before = tf.memory().numTensors;
  runSteps('adamw');
  runSteps('sgd');
  expect(tf.memory().numTensors).toBe(before);
});
