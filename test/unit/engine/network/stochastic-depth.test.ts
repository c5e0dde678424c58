import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Network, NetworkNode } from '../../../../src-main/engine/network/network.ts';
import type { Noise } from '../../../../src-main/engine/network/noise.ts';
import { settle } from '../../../../src-main/engine/network/settle.ts';
import { hasResidualBranch, withStochasticDepth } from '../../../../src-main/engine/network/stochastic-depth.ts';
import { createTail } from '../../../../src-main/engine/network/tail.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { installedBackbone } from '../../../helpers/gradients.ts';

beforeAll(loadTestBackend);

const conv = (name: string, from: string, weight: number): NetworkNode => ({
  op: 'conv2d',
  name,
  inputs: [from],
  stride: 1,
  kernel: { shape: [1, 1, 1, 1], values: Float32Array.of(weight) },
  bias: { shape: [1], values: Float32Array.of(0) },
});
const add = (name: string, ...inputs: readonly string[]): NetworkNode => ({ op: 'add', name, inputs });

/** One pixel x: a = 2x, then two branches of one weight each, p = a + 3a and q = p + 5p, and a head of weight 1. */
const network: Network = {
  nodes: [
    { op: 'input', name: 'pixels', inputs: [], shape: [1, 1, 1], mean: 0, scale: 1 },
    conv('a', 'pixels', 2),
    conv('b', 'a', 3),
    add('p', 'a', 'b'),
    conv('c', 'p', 5),
    add('q', 'c', 'p'), // the shortcut second
    { op: 'globalAveragePool', name: 'embedding', inputs: ['q'] },
    {
      op: 'dense',
      name: 'logits',
      inputs: ['embedding'],
      kernel: { shape: [1, 1], values: Float32Array.of(1) },
      bias: { shape: [1], values: Float32Array.of(0) },
    },
    { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
  ],
};
const depths = (of: Network) => of.nodes.flatMap((node) => (node.op === 'stochasticDepth' ? [node] : []));

/** In steps in which these branches are left out. */
const without = (...gone: readonly string[]): Noise => ({
  mask: () => tf.zeros([1]),
  draw: (node) => (gone.includes(node) ? 0.999 : 0),
});

/** Score and gradients by the branches' weights, where a = 1. */
function answer(of: Network, noise?: Noise) {
  const tail = createTail(of, 'b', { reads: 'activations' });
  const result = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tail.logits(tf.ones([1, 1, 1, 1]), noise)) as tf.Scalar,
      [...tail.learned],
    );
    const gradients = tail.nodes.flatMap(({ name, variables }) => {
      const kernel = variables.find(([role]) => role === 'kernel')?.[1];
      return kernel && name !== 'logits' ? [grads[kernel.name]?.dataSync()[0]] : [];
    });
    return { score: value.dataSync()[0] ?? NaN, gradients };
  });
  tail.dispose();
  return result;
}

describe('stochastic depth of what was learned before', () => {
  const deep = withStochasticDepth(network, 'b', 0.5);
  const [first, second] = ['p_depth', 'q_depth'];

  test('ends the branches from the cut on, each with a chance that rises linearly with depth', () => {
    expect(depths(deep)).toEqual([
      { op: 'stochasticDepth', name: first, inputs: ['b'], survival: 0.75, isInverted: true },
      { op: 'stochasticDepth', name: second, inputs: ['c'], survival: 0.5, isInverted: true },
    ]);
    expect(depths(withStochasticDepth(network, 'c', 0.5))).toMatchObject([{ name: second, survival: 0.5 }]);
    expect(withStochasticDepth(network, 'b', 0)).toBe(network);
  });

  // By hand, with a = 1: p = 1 + z1 · 3 / 0.75, q = p + z2 · 5p / 0.5, where z says whether a branch is there.
  test.each([
    ['both branches', [], 5 * 11, [(1 / 0.75) * 11, 5 / 0.5]],
    ['the second branch', [first], 1 * 11, [0, 1 / 0.5]],
    ['the first branch', [second], 5 * 1, [1 / 0.75, 0]],
    ['no branch', [first, second], 1, [0, 0]],
  ])('a step with %s has the score and the gradients that a hand works out', (_, gone, score, gradients) => {
    const got = answer(deep, without(...gone));
    expect(got.score).toBeCloseTo(score, 4);
    expect(got.gradients).toEqual(gradients.map((value) => expect.closeTo(value, 4) as number));
  });

  test('its mean over all steps is what the network answers without it, before and after', () => {
    const { score } = answer(network);
    expect(score).toBe(4 * 6);
    const steps = [
      { chance: 0.75 * 0.5, gone: [] },
      { chance: 0.25 * 0.5, gone: [first] },
      { chance: 0.75 * 0.5, gone: [second] },
      { chance: 0.25 * 0.5, gone: [first, second] },
    ];
    const mean = steps.reduce((sum, { chance, gone }) => sum + chance * answer(deep, without(...gone)).score, 0);
    expect(mean).toBeCloseTo(score, 4);
    expect(answer(deep)).toEqual(answer(network));
    expect(settle(deep)).toEqual(network);
  });
});

const lite = await installedBackbone('efficientnet_lite0');

test.skipIf(lite === null)('EfficientNet-Lite0 has nine residual branches, and none in its last stage', () => {
  const { network: whole, cut } = lite!;
  expect(depths(withStochasticDepth(whole, 'stem', 0.9)).map(({ survival }) => survival)).toEqual(
    Array.from({ length: 9 }, (_, index) => expect.closeTo(1 - 0.1 * (index + 1), 10) as number),
  );
  expect(depths(withStochasticDepth(whole, 'block_12_expand', 0.3)).map(({ inputs }) => inputs)).toEqual([
    ['block_12_project'],
    ['block_13_project'],
    ['block_14_project'],
  ]);
  expect(hasResidualBranch(whole, cut)).toBe(false);
  expect(settle(withStochasticDepth(whole, 'stem', 0.9)).nodes).toEqual(whole.nodes);
});
