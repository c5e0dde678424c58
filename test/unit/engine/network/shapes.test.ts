import { describe, expect, test } from 'vitest';
import type { Network, NetworkNode, Parameter } from '../../../../src-main/engine/network/network.ts';
import { finalShape, inferShapes, samePadding } from '../../../../src-main/engine/network/shapes.ts';

function zeros(...shape: number[]): Parameter {
  return { shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
}

const input: NetworkNode = { op: 'input', name: 'pixels', inputs: [], shape: [225, 224, 3], mean: 0, scale: 1 };
const stem: NetworkNode = {
  op: 'conv2d',
  name: 'stem',
  inputs: ['pixels'],
  stride: 2,
  kernel: zeros(3, 3, 3, 8),
  bias: zeros(8),
};
const pool: NetworkNode = { op: 'globalAveragePool', name: 'embedding', inputs: ['stem'] };

const norm: NetworkNode = {
  op: 'batchNorm',
  name: 'norm',
  inputs: ['pixels'],
  gamma: zeros(3),
  beta: zeros(3),
  mean: zeros(3),
  variance: zeros(3),
  epsilon: 1e-3,
};
const fraction: NetworkNode = { op: 'fractionalMaxPool', name: 'part', inputs: ['pixels'], ratio: 1.5, phase: 0.5 };

function network(...nodes: NetworkNode[]): Network {
  return { nodes };
}

describe('samePadding', () => {
  // By hand from TensorFlow's rule: total = max((⌈size/stride⌉ − 1)·stride + kernel − size, 0), the odd zero at the end.
  test.each([
    [224, 3, 2, [0, 1]],
    [225, 3, 2, [1, 1]],
    [224, 3, 1, [1, 1]],
    [7, 5, 1, [2, 2]],
    [14, 5, 2, [1, 2]],
    [10, 2, 1, [0, 1]],
    [10, 1, 2, [0, 0]],
    [5, 1, 3, [0, 0]],
    [1, 7, 2, [3, 3]],
  ])('of %i pixels, kernel %i, stride %i is %j', (size, kernel, stride, expected) => {
    expect(samePadding(size, kernel, stride)).toEqual(expected);
  });
});

describe('inferShapes', () => {
  test('follows a network with strides and odd sizes', () => {
    const depthwise: NetworkNode = {
      op: 'depthwiseConv2d',
      name: 'depthwise',
      inputs: ['stem'],
      stride: 2,
      kernel: zeros(5, 5, 8, 1),
      bias: zeros(8),
    };
    const whole = network(
      input,
      stem,
      depthwise,
      { op: 'activation', name: 'relu', inputs: ['depthwise'], activation: 'relu6' },
      { op: 'add', name: 'sum', inputs: ['relu', 'depthwise'] },
      { op: 'globalAveragePool', name: 'embedding', inputs: ['sum'] },
      { op: 'dense', name: 'logits', inputs: ['embedding'], kernel: zeros(8, 3), bias: zeros(3) },
      { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
    );
    expect(Object.fromEntries(inferShapes(whole))).toEqual({
      pixels: [225, 224, 3],
      stem: [113, 112, 8],
      depthwise: [57, 56, 8],
      relu: [57, 56, 8],
      sum: [57, 56, 8],
      embedding: [8],
      logits: [3],
      probabilities: [3],
    });
    expect(finalShape(whole)).toEqual([3]);
  });

  test('keeps the shape through nodes of hidden layers, and shrinks it by poolings', () => {
    const whole = network(
      input,
      norm,
      { op: 'offset', name: 'offset', inputs: ['norm'], offset: zeros(225, 224, 3) },
      { op: 'prelu', name: 'prelu', inputs: ['offset'], slope: zeros(3) },
      { op: 'maximum', name: 'max', inputs: ['prelu', 'norm'] },
      { op: 'dropout', name: 'drop', inputs: ['max'], rate: 0.5, isInverted: false },
      { op: 'stochasticDepth', name: 'depth', inputs: ['drop'], survival: 1 },
      { op: 'maxPool', name: 'half', inputs: ['depth'], size: 2 },
      { ...fraction, inputs: ['half'] },
      { op: 'globalAveragePool', name: 'embedding', inputs: ['part'] },
      { op: 'prelu', name: 'of_features', inputs: ['embedding'], slope: zeros(3) },
    );
    const kept = Object.fromEntries(
      ['pixels', 'norm', 'offset', 'prelu', 'max', 'drop', 'depth'].map((name) => [name, [225, 224, 3]]),
    );
    // 225 / 2 = 112.5 is cut, and 112 / 1.5 = 74.7 rounded up.
    expect(Object.fromEntries(inferShapes(whole))).toEqual({
      ...kept,
      half: [112, 112, 3],
      part: [75, 75, 3],
      embedding: [3],
      of_features: [3],
    });
  });

  test.each<[string, Network, RegExp]>([
    ['without nodes', network(), /at least its input/],
    ['without an input', network(pool), /first node, and no other, must be the input/],
    ['with two inputs', network(input, { ...input, name: 'more' }), /"more".*first node/],
    ['with a name twice', network(input, stem, { ...stem }), /Two nodes are named "stem"/],
    ['that reads a later node', network(input, pool, stem), /"embedding" takes "stem", which no node before/],
    [
      'whose kernel has other channels',
      network(input, { ...stem, kernel: zeros(3, 3, 4, 8) }),
      /\[3, 3, 4, 8\].*\[3, 3, 3, 8\]/,
    ],
    ['whose bias is too long', network(input, { ...stem, bias: zeros(9) }), /bias is \[9\].*\[8\]/],
    [
      'whose kernel lacks values',
      network(input, { ...stem, kernel: { shape: [3, 3, 3, 8], values: new Float32Array(5) } }),
      /needs 216 values and has 5/,
    ],
    ['with stride 0', network(input, { ...stem, stride: 0 }), /stride must be whole and positive, not \[0\]/],
    ['with half a stride', network(input, { ...stem, stride: 1.5 }), /stride must be whole/],
    [
      'that adds unlike shapes',
      network(input, stem, { op: 'add', name: 'sum', inputs: ['pixels', 'stem'] }),
      /takes \[225, 224, 3\] and \[113, 112, 8\]/,
    ],
    ['that adds one thing', network(input, { op: 'add', name: 'sum', inputs: ['pixels'] }), /takes 2 inputs and got 1/],
    [
      'that classifies a picture',
      network(input, { op: 'softmax', name: 'p', inputs: ['pixels'] }),
      /needs \[features\] and got \[225, 224, 3\]/,
    ],
    [
      'that pools features',
      network(input, stem, pool, { ...pool, name: 'again', inputs: ['embedding'] }),
      /needs \[height, width, channels\] and got \[8\]/,
    ],
    ['with scale 0', network({ ...input, scale: 0 }), /scale not 0/],
    [
      'with a slope too many',
      network(input, { op: 'prelu', name: 'f', inputs: ['pixels'], slope: zeros(4) }),
      /slope is \[4\].*\[3\]/,
    ],
    [
      'that compares unlike shapes',
      network(input, stem, { op: 'maximum', name: 'max', inputs: ['pixels', 'stem'] }),
      /\(maximum\) takes \[225, 224, 3\] and \[113, 112, 8\]; they must be equal/,
    ],
    [
      'that compares one thing',
      network(input, { op: 'maximum', name: 'max', inputs: ['pixels'] }),
      /takes 2 inputs and got 1/,
    ],
    [
      'with a mean picture of another size',
      network(input, { op: 'offset', name: 'mean', inputs: ['pixels'], offset: zeros(224, 224, 3) }),
      /offset is \[224, 224, 3\]; its input calls for \[225, 224, 3\]/,
    ],
    ['with a norm of other channels', network(input, { ...norm, gamma: zeros(4) }), /gamma is \[4\].*\[3\]/],
    [
      'with a norm without epsilon',
      network(input, { ...norm, epsilon: 0 }),
      /epsilon must be above 0 and at most 1, not 0/,
    ],
    [
      'with a norm of negative variance',
      network(input, { ...norm, variance: { shape: [3], values: Float32Array.of(1, -0.5, 1) } }),
      /variance must be at least 0, not -0.5/,
    ],
    [
      'that pools by half a pixel',
      network(input, { op: 'maxPool', name: 'p', inputs: ['pixels'], size: 0.5 }),
      /size must be whole and positive, not \[0.5\]/,
    ],
    [
      'that pools all away',
      network(input, { op: 'maxPool', name: 'p', inputs: ['pixels'], size: 225 }),
      /pooled size must be whole and positive, not \[1, 0\]/,
    ],
    ['that enlarges', network(input, { ...fraction, ratio: 1 }), /ratio must be above 1 and at most 2, not 1/],
    [
      'that pools more than two',
      network(input, { ...fraction, ratio: 2.5 }),
      /ratio must be above 1 and at most 2, not 2.5/,
    ],
    ['whose ratio is no number', network(input, { ...fraction, ratio: NaN }), /ratio must be .*, not NaN/],
    [
      'whose phase is beyond 1',
      network(input, { ...fraction, phase: 1.5 }),
      /phase must be at least 0 and at most 1, not 1.5/,
    ],
    [
      'that pools features by a fraction',
      network(input, stem, pool, { ...fraction, inputs: ['embedding'] }),
      /needs \[height, width, channels\]/,
    ],
    [
      'that cuts everything',
      network(input, { op: 'dropout', name: 'd', inputs: ['pixels'], rate: 1, isInverted: true }),
      /rate must be at least 0 and at most 0.999, not 1/,
    ],
    [
      'whose branch is never there',
      network(input, { op: 'stochasticDepth', name: 'd', inputs: ['pixels'], survival: 0 }),
      /survival must be above 0 and at most 1, not 0/,
    ],
    [
      'that cuts all weights',
      network(input, stem, pool, {
        op: 'dense',
        name: 'l',
        inputs: ['embedding'],
        kernel: zeros(8, 3),
        bias: zeros(3),
        dropConnect: 1,
      }),
      /dropConnect must be at least 0 and at most 0.999, not 1/,
    ],
  ])('refuses a network %s', (_, wrong, message) => {
    expect(() => inferShapes(wrong)).toThrow(message);
  });
});
