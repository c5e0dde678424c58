import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { foldBatchNorm } from '../../../../src-main/engine/network/fold-batch-norm.ts';
import type { Parameter } from '../../../../src-main/engine/network/network.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { relativeError } from '../../../helpers/random-network.ts';

const random = createRandom(11);
const normal = (...shape: number[]): Parameter => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => gaussian(random)),
});
const tensor4d = ({ shape, values }: Parameter): tf.Tensor4D =>
  tf.tensor4d(values, shape as [number, number, number, number]);

const norm = {
  gamma: normal(6).values,
  beta: normal(6).values,
  mean: normal(6).values,
  variance: normal(6).values.map((value) => value * value + 1e-4), // some near zero, where epsilon matters
  epsilon: 1e-3,
};

beforeAll(loadTestBackend);

describe('foldBatchNorm', () => {
  test('gives the numbers worked out by hand', () => {
    const kernel = { shape: [1, 1, 1, 2], values: Float32Array.of(2, 3) };
    const bias = { shape: [2], values: Float32Array.of(1, 0) };
    const folded = foldBatchNorm(kernel, bias, {
      gamma: Float32Array.of(4, 1),
      beta: Float32Array.of(10, -1),
      mean: Float32Array.of(0.5, 2),
      variance: Float32Array.of(3, 0.25),
      epsilon: 1,
    });
    // Channel 0: 4/√4 = 2. Channel 1: 1/√1.25.
    expect([...folded.kernel.values]).toEqual([4, Math.fround(3 / Math.sqrt(1.25))]);
    expect([...folded.bias.values]).toEqual([(1 - 0.5) * 2 + 10, Math.fround(-2 / Math.sqrt(1.25) - 1)]);
  });

  test.each(['conv2d', 'depthwiseConv2d'] as const)('of a %s equals the two steps that tfjs takes', (op) => {
    const x = tensor4d(normal(2, 9, 8, op === 'conv2d' ? 4 : 6));
    const kernel = op === 'conv2d' ? normal(3, 3, 4, 6) : normal(3, 3, 6, 1);
    const bias = normal(6);
    const convolve = (filter: Parameter) => tf[op](x, tensor4d(filter), 2, 'same');
    const { mean, variance, beta, gamma, epsilon } = norm;
    const unfolded = tf.batchNorm(
      tf.add(convolve(kernel), tf.tensor1d(bias.values)) as tf.Tensor4D,
      mean,
      variance,
      beta,
      gamma,
      epsilon,
    );
    const folded = foldBatchNorm(kernel, bias, norm);
    const result = tf.add(convolve(folded.kernel), tf.tensor1d(folded.bias.values));
    expect(relativeError(result.dataSync(), unfolded.dataSync())).toBeLessThan(1e-5);
  });

  test('takes an absent gamma as 1 and an absent beta as 0', () => {
    const kernel = normal(1, 1, 2, 6);
    const plain = foldBatchNorm(kernel, null, { ...norm, gamma: null, beta: null });
    const spelledOut = foldBatchNorm(kernel, null, {
      ...norm,
      gamma: new Float32Array(6).fill(1),
      beta: new Float32Array(6),
    });
    expect(plain).toEqual(spelledOut);
  });

  test('folds a convolution to a single channel', () => {
    const one = (value: number) => Float32Array.of(value);
    const single = { gamma: one(2), beta: one(3), mean: one(1), variance: one(0), epsilon: 1 };
    const folded = foldBatchNorm({ shape: [1, 1, 2, 1], values: Float32Array.of(5, 7) }, null, single);
    expect([folded.kernel.values, folded.bias.values]).toEqual([Float32Array.of(10, 14), Float32Array.of(1)]);
  });

  test('refuses a norm of other channels', () => {
    expect(() => foldBatchNorm(normal(1, 1, 6, 5), null, norm)).toThrow(/6 channels follows a kernel \[1, 1, 6, 5\]/);
    expect(() => foldBatchNorm(normal(1, 1, 2, 6), null, { ...norm, gamma: new Float32Array(5) })).toThrow(/6 means/);
  });
});
