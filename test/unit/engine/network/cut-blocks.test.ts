import { expect, test } from 'vitest';
import { cutBlocks } from '../../../../src-main/engine/network/cut-blocks.ts';
import { randomNetwork } from '../../../helpers/random-network.ts';

test('a network is parted at each possible cut, residual blocks as a whole, and no parameter is lost', () => {
  const { nodes } = randomNetwork({
    size: [10, 11],
    classes: 4,
    seed: 7,
    layers: [
      { kind: 'conv', kernel: [3, 3], stride: 2, channels: 6, activation: 'relu6' },
      { kind: 'residual', kernel: [3, 3], stride: 1, channels: 6, activation: 'relu6' },
      { kind: 'depthwise', kernel: [3, 3], stride: 2, channels: 6, activation: 'relu' },
      { kind: 'conv', kernel: [1, 1], stride: 1, channels: 9, activation: 'relu6' },
    ],
  });
  // By hand: 3·3·3·6 + 6 weights and biases; 3·3·6 + 6 and 6·6 + 6 in the branch; 3·3·6 + 6; 6·9 + 9, and the pooling behind it.
  expect(cutBlocks({ nodes: nodes.slice(0, -2) })).toEqual([
    { cut: 'layer_0', shape: [5, 6, 6], parameterCount: 168 },
    { cut: 'layer_1_depthwise', shape: [5, 6, 6], parameterCount: 102 },
    { cut: 'layer_2', shape: [3, 3, 6], parameterCount: 60 },
    { cut: 'layer_3', shape: [9], parameterCount: 63 },
  ]);
});
