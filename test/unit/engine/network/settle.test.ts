import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DropoutNode, Network, NetworkNode } from '../../../../src-main/engine/network/network.ts';
import { settle } from '../../../../src-main/engine/network/settle.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { sequenceParameter, sequenceTensor } from '../../../helpers/formula.ts';
import { relativeError } from '../../../helpers/random-network.ts';
import { anySettings, networkOf } from '../../../helpers/random-settings.ts';

beforeAll(loadTestBackend);

const input: NetworkNode = { op: 'input', name: 'pixels', inputs: [], shape: [4, 4, 3], mean: 0, scale: 1 };
const conv: NetworkNode = {
  op: 'conv2d',
  name: 'conv',
  inputs: ['pixels'],
  stride: 1,
  kernel: sequenceParameter(1, [3, 3, 3, 2]),
  bias: sequenceParameter(2, [2]),
};
const pool = (from: string): NetworkNode => ({ op: 'globalAveragePool', name: 'embedding', inputs: [from] });
const dense = (name: string, from: string, dropConnect?: number): NetworkNode => ({
  op: 'dense',
  name,
  inputs: [from],
  kernel: sequenceParameter(3, [2, 2]),
  bias: sequenceParameter(4, [2]),
  ...(dropConnect === undefined ? {} : { dropConnect }),
});
const dropout = (name: string, from: string, rate: number, isInverted = false): DropoutNode => ({
  op: 'dropout',
  name,
  inputs: [from],
  rate,
  isInverted,
});
const elu = (name: string, from: string): NetworkNode => ({
  op: 'activation',
  name,
  inputs: [from],
  activation: 'elu',
});
const depth = (name: string, from: string): NetworkNode => ({
  op: 'stochasticDepth',
  name,
  inputs: [from],
  survival: 0.6,
});
const norm = (from: string): NetworkNode => ({
  op: 'batchNorm',
  name: 'norm',
  inputs: [from],
  gamma: sequenceParameter(5, [2]),
  beta: sequenceParameter(6, [2]),
  mean: sequenceParameter(7, [2]),
  variance: { shape: [2], values: Float32Array.of(0.5, 2) },
  epsilon: 1e-3,
});

/** Names of what is left. */
function expectSettled(network: Network, until: string): string[] {
  const settled = settle(network);
  const answer = (of: Network) => tf.tidy(() => forward(of, sequenceTensor(8, [2, 4, 4, 3]), { until }).dataSync());
  expect(relativeError(answer(settled), answer(network))).toBeLessThan(1e-6);
  return settled.nodes.map(({ name }) => name);
}

describe('settle', () => {
  test('leaves a network of any settings that answers as it did, without what belongs to training', async () => {
    await fc.assert(
      fc.property(anySettings, (settings) => {
        const network = networkOf(settings);
        const settled = settle(network);
        const { imageSize } = settings.scratch;
        const answer = (of: Network) =>
          tf.tidy(() => {
            const pixels = tf.add(120, sequenceTensor(1, [2, imageSize, imageSize, 3], 100));
            return forward(of, pixels, { until: 'logits' }).dataSync();
          });
        expect(relativeError(answer(settled), answer(network))).toBeLessThan(1e-4);
        const left = settled.nodes.filter(
          (node) => ['batchNorm', 'dropout', 'stochasticDepth'].includes(node.op) || 'dropConnect' in node,
        );
        expect(left).toEqual([]);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test.each<[string, NetworkNode[], string[]]>([
    [
      'plain dropout before a dense layer',
      [conv, pool('conv'), dropout('d', 'embedding', 0.4), dense('out', 'd')],
      ['conv', 'embedding', 'out'],
    ],
    [
      'plain dropout behind a dense layer',
      [conv, pool('conv'), dense('out', 'embedding'), dropout('d', 'out', 0.4), elu('end', 'd')],
      ['conv', 'embedding', 'out', 'end'],
    ],
    [
      'two plain dropouts in a row',
      [conv, pool('conv'), dropout('d', 'embedding', 0.4), dropout('e', 'd', 0.3), dense('out', 'e')],
      ['conv', 'embedding', 'out'],
    ],
    [
      'plain and inverted dropout in a row, behind a layer',
      [conv, dropout('d', 'conv', 0.4), dropout('e', 'd', 0.3, true), depth('f', 'e'), pool('f')],
      ['conv', 'embedding'],
    ],
    [
      'plain dropout that two layers read',
      [
        conv,
        pool('conv'),
        dropout('d', 'embedding', 0.4),
        dense('a', 'd'),
        dense('b', 'd'),
        { op: 'maximum', name: 'out', inputs: ['a', 'b'] },
      ],
      ['conv', 'embedding', 'a', 'b', 'out'],
    ],
    [
      'plain dropout behind a layer that is read besides',
      [
        conv,
        pool('conv'),
        dense('a', 'embedding'),
        dropout('d', 'a', 0.4),
        dense('b', 'd'),
        { op: 'add', name: 'out', inputs: ['a', 'b'] },
      ],
      ['conv', 'embedding', 'a', 'b', 'out'],
    ],
    ['a batch norm and stochastic depth', [conv, norm('conv'), depth('d', 'norm'), elu('end', 'd')], ['conv', 'end']],
    ['DropConnect', [conv, pool('conv'), dense('out', 'embedding', 0.5)], ['conv', 'embedding', 'out']],
  ])('takes out %s', (_, nodes, left) => {
    const until = nodes.at(-1)!.name;
    expect(expectSettled({ nodes: [input, ...nodes] }, until)).toEqual(['pixels', ...left]);
  });

  test('leaves nodes that nothing changes as the very objects', () => {
    const network: Network = { nodes: [input, conv, pool('conv'), dense('out', 'embedding')] };
    settle(network).nodes.forEach((node, index) => expect(node).toBe(network.nodes[index]));
  });

  test.each<[string, NetworkNode[]]>([
    ['a batch norm with no convolution before it', [pool('pixels'), norm('embedding')]],
    [
      'a batch norm whose convolution is read besides',
      [conv, norm('conv'), { op: 'add', name: 'sum', inputs: ['norm', 'conv'] }],
    ],
    ['a scale between two activations', [conv, elu('a', 'conv'), depth('d', 'a'), elu('b', 'd')]],
    ['a scale that nothing reads', [conv, elu('a', 'conv'), dropout('d', 'a', 0.5)]],
  ])('refuses %s', (_, nodes) => {
    expect(() => settle({ nodes: [input, ...nodes] })).toThrow(/has no convolution or dense layer to go into/);
  });
});

/** All ways to cut `count` things, each with its chance. */
function allMasks(count: number, rate: number): { mask: number[]; chance: number }[] {
  return Array.from({ length: 2 ** count }, (_, bits) => {
    const mask = Array.from({ length: count }, (_, index) => (bits >> index) & 1);
    const kept = mask.filter(Boolean).length;
    return { mask, chance: rate ** (count - kept) * (1 - rate) ** kept };
  });
}

/** What the last node gives, on average over all masks, and once training is over. */
function expectation(node: NetworkNode, count: number, rate: number) {
  const network: Network = { nodes: [input, node] };
  return tf.tidy(() => {
    const x = sequenceTensor(9, [3, 2]);
    const trained = forward(network, x, { after: 'pixels' }).dataSync();
    const mean = allMasks(count, rate).reduce<tf.Tensor>((sum, { mask, chance }) => {
      const noise = {
        mask: (_: string, shape: readonly number[]) => tf.tensor(mask, [...shape]),
        draw: () => (mask[0] === 1 ? 0 : 0.999),
      };
      const step = { noise, onMoments: () => {} };
      return tf.add(sum, tf.mul(forward(network, x, { after: 'pixels', step }), chance));
    }, tf.zeros(x.shape));
    return { mean: mean.dataSync(), trained };
  });
}

describe('on average over all that training may cut', () => {
  test.each<[string, NetworkNode, number, number]>([
    ['plain dropout', dropout('d', 'pixels', 0.3), 6, 0.3],
    ['inverted dropout', dropout('d', 'pixels', 0.3, true), 6, 0.3],
    ['DropConnect', dense('out', 'pixels', 0.3), 4, 0.3],
    ['stochastic depth', depth('d', 'pixels'), 1, 0.4],
  ])('%s gives what it gives once training is over', (_, node, count, rate) => {
    const { mean, trained } = expectation(node, count, rate);
    expect(relativeError(mean, trained)).toBeLessThan(1e-6);
  });

  test('plain dropout scales once training is over, inverted while it goes on', () => {
    const [plain, inverted] = [dropout('d', 'pixels', 0.3), dropout('d', 'pixels', 0.3, true)];
    const x = sequenceTensor(9, [3, 2]).dataSync();
    expect(
      relativeError(
        expectation(plain, 6, 0.3).trained,
        x.map((value) => 0.7 * value),
      ),
    ).toBeLessThan(1e-6);
    expect(relativeError(expectation(inverted, 6, 0.3).trained, x)).toBeLessThan(1e-6);
  });
});
