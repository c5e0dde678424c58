import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIVATIONS, type Network, type NetworkNode } from '../../../../src-main/engine/network/network.ts';
import { packNetwork, storedNode, unpackNetwork } from '../../../../src-main/engine/network/network-file.ts';
import { settle } from '../../../../src-main/engine/network/settle.ts';
import { sequenceParameter } from '../../../helpers/formula.ts';
import { anySettings, networkOf } from '../../../helpers/random-settings.ts';

/** Through JSON, as in a model folder. */
function stored(network: Network): { nodes: unknown[]; weights: Uint8Array } {
  const { nodes, weights } = packNetwork(network);
  return { nodes: JSON.parse(JSON.stringify(nodes)) as unknown[], weights }; // as: JSON
}

function restored({ nodes, weights }: { nodes: readonly unknown[]; weights: Uint8Array }): Network {
  return unpackNetwork(
    nodes.map((node) => storedNode.parse(node)),
    weights,
  );
}

/** One node of every kind, each with values of its own. */
const everyKind: Network = {
  nodes: [
    { op: 'input', name: 'pixels', inputs: [], shape: [8, 8, 3], mean: 127, scale: 1 / 64 },
    { op: 'offset', name: 'offset', inputs: ['pixels'], offset: sequenceParameter(1, [8, 8, 3]) },
    {
      op: 'conv2d',
      name: 'conv',
      inputs: ['offset'],
      stride: 1,
      kernel: sequenceParameter(2, [3, 3, 3, 4]),
      bias: sequenceParameter(3, [4]),
    },
    {
      op: 'batchNorm',
      name: 'norm',
      inputs: ['conv'],
      gamma: sequenceParameter(4, [4]),
      beta: sequenceParameter(5, [4]),
      mean: sequenceParameter(6, [4]),
      variance: { shape: [4], values: Float32Array.of(1, 2, 0, 0.5) },
      epsilon: 1e-3,
    },
    {
      op: 'depthwiseConv2d',
      name: 'depthwise',
      inputs: ['norm'],
      stride: 1,
      kernel: sequenceParameter(7, [3, 3, 4, 1]),
      bias: sequenceParameter(8, [4]),
    },
    ...ACTIVATIONS.map((activation, index): NetworkNode => ({
      op: 'activation',
      name: activation,
      inputs: [index === 0 ? 'depthwise' : ACTIVATIONS[index - 1]!],
      activation,
    })),
    { op: 'prelu', name: 'prelu', inputs: ['tanh'], slope: sequenceParameter(9, [4]) },
    { op: 'maximum', name: 'maximum', inputs: ['prelu', 'norm'] },
    { op: 'stochasticDepth', name: 'depth', inputs: ['maximum'], survival: 0.75, isInverted: true },
    { op: 'add', name: 'add', inputs: ['depth', 'conv'] },
    { op: 'fractionalMaxPool', name: 'fraction', inputs: ['add'], ratio: 1.5, phase: 0.25 },
    { op: 'maxPool', name: 'pool', inputs: ['fraction'], size: 3 },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['pool'] },
    { op: 'dropout', name: 'dropout', inputs: ['embedding'], rate: 0.5, isInverted: false },
    {
      op: 'dense',
      name: 'logits',
      inputs: ['dropout'],
      kernel: sequenceParameter(10, [4, 2]),
      bias: sequenceParameter(11, [2]),
      dropConnect: 0.25,
    },
    { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
  ],
};

describe('packNetwork and unpackNetwork', () => {
  test('give every kind of node back, to the last bit', () => {
    expect(new Set(everyKind.nodes.map(({ op }) => op)).size).toBe(storedNode.options.length);
    expect(restored(stored(everyKind))).toEqual(everyKind);
  });

  test('give back the network of any settings, while it trains and settled', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const network = networkOf(settings);
        expect(restored(stored(network))).toEqual(network);
        const settled = settle(network);
        expect(restored(stored(settled))).toEqual(settled);
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  test('read what was written before there were nodes of hidden layers', () => {
    const before = [
      { op: 'input', name: 'pixels', inputs: [], shape: [2, 2, 1], mean: 0, scale: 1 },
      {
        op: 'conv2d',
        name: 'conv',
        inputs: ['pixels'],
        stride: 2,
        kernel: { shape: [1, 1, 1, 1], offset: 0 },
        bias: { shape: [1], offset: 1 },
      },
      { op: 'activation', name: 'relu6', inputs: ['conv'], activation: 'relu6' },
      { op: 'globalAveragePool', name: 'embedding', inputs: ['relu6'] },
      {
        op: 'dense',
        name: 'logits',
        inputs: ['embedding'],
        kernel: { shape: [1, 2], offset: 2 },
        bias: { shape: [2], offset: 4 },
      },
      { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
    ];
    const weights = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
    const network = restored({ nodes: before, weights });
    expect(network.nodes.find(({ name }) => name === 'logits')).toEqual({
      op: 'dense',
      name: 'logits',
      inputs: ['embedding'],
      kernel: { shape: [1, 2], values: Float32Array.of(3, 4) },
      bias: { shape: [2], values: Float32Array.of(5, 6) },
    });
    expect(stored(network)).toEqual({ nodes: before, weights });
  });

  test.each<[string, string, (node: Record<string, unknown>) => object, RegExp]>([
    ['an activation that there is not', 'elu', (node) => ({ ...node, activation: 'swish' }), /activation/],
    ['a slope without a place', 'prelu', (node) => ({ ...node, slope: { shape: [4] } }), /slope/],
    ['a norm without a variance', 'norm', (node) => ({ ...node, variance: undefined }), /variance/],
    ['a rate in words', 'dropout', (node) => ({ ...node, rate: 'half' }), /rate/],
    ['a rate beyond all', 'dropout', (node) => ({ ...node, rate: 1 }), /rate must be at least 0 and at most 0.999/],
    ['a survival of nothing', 'depth', (node) => ({ ...node, survival: 0 }), /survival must be above 0/],
    ['a ratio that enlarges', 'fraction', (node) => ({ ...node, ratio: 0.5 }), /ratio must be above 1/],
    ['a pooling of nothing', 'pool', (node) => ({ ...node, size: 0 }), /size/],
    ['a share of weights beyond all', 'logits', (node) => ({ ...node, dropConnect: -1 }), /dropConnect must be/],
    [
      'a picture beyond the end',
      'offset',
      (node) => ({ ...node, offset: { shape: [8, 8, 3], offset: 9999 } }),
      /ends at value 10191/,
    ],
    [
      'a negative variance',
      'norm',
      (node) => ({ ...node, variance: { shape: [4], offset: 192 } }),
      /variance must be at least 0/,
    ],
  ])('refuse %s', (_, name, damage, message) => {
    const { nodes, weights } = stored(everyKind);
    const damaged = nodes.map((node) => {
      const known = node as Record<string, unknown>; // as: nodes are objects
      return known['name'] === name ? damage(known) : node;
    });
    expect(() => restored({ nodes: damaged, weights })).toThrow(message);
  });
});
