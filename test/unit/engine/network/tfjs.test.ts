import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import type { WeightedNode } from '../../../../src-main/engine/network/parameters.ts';
import { forward, uploadWeights } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { randomNetwork, randomPixels, relativeError } from '../../../helpers/random-network.ts';

const network = randomNetwork({
  size: [13, 10],
  classes: 4,
  seed: 3,
  layers: [
    { kind: 'conv', kernel: [3, 3], stride: 2, channels: 6, activation: 'relu6' },
    { kind: 'residual', kernel: [3, 3], stride: 1, channels: 6, activation: 'relu' },
    { kind: 'depthwise', kernel: [5, 3], stride: 2, channels: 6, activation: 'relu6' },
    { kind: 'conv', kernel: [1, 1], stride: 1, channels: 8, activation: null },
  ],
});
const pixels = (): tf.Tensor4D => tf.tensor4d(randomPixels(5, 2 * 13 * 10 * 3), [2, 13, 10, 3], 'int32');

beforeAll(loadTestBackend);

describe('forward', () => {
  test('pads a stride-2 convolution at the end, as worked out by hand', () => {
    // 4×4 picture of 1…16, kernel 3×3 of ones, stride 2, SAME: one row and one column of zeros, at the bottom and right.
    // Sums of rows 1–3 × columns 1–3, rows 1–3 × columns 3–4, rows 3–4 × columns 1–3, rows 3–4 × columns 3–4.
    const sums = [54, 45, 72, 54];
    const byHand: Network = {
      nodes: [
        { op: 'input', name: 'pixels', inputs: [], shape: [4, 4, 1], mean: 1, scale: 2 },
        {
          op: 'conv2d',
          name: 'sum',
          inputs: ['pixels'],
          stride: 2,
          kernel: { shape: [3, 3, 1, 1], values: new Float32Array(9).fill(1) },
          bias: { shape: [1], values: Float32Array.of(100) },
        },
      ],
    };
    const picture = tf.tensor4d(
      Array.from({ length: 16 }, (_, index) => index / 2 + 1.5),
      [1, 4, 4, 1],
    );
    expect([...forward(byHand, picture).dataSync()]).toEqual(sums.map((sum) => sum + 100));
  });

  test('does not fuse an activation into a convolution that something else reads too', () => {
    const single = (value: number) => ({ shape: [1, 1, 1, 1], values: Float32Array.of(value) });
    const forked: Network = {
      nodes: [
        { op: 'input', name: 'pixels', inputs: [], shape: [1, 1, 1], mean: 0, scale: 1 },
        {
          op: 'conv2d',
          name: 'conv',
          inputs: ['pixels'],
          stride: 1,
          kernel: single(-2),
          bias: { shape: [1], values: Float32Array.of(1) },
        },
        { op: 'activation', name: 'relu', inputs: ['conv'], activation: 'relu' },
        { op: 'add', name: 'sum', inputs: ['relu', 'conv'] },
      ],
    };
    // 3 · −2 + 1 = −5, its ReLU is 0.
    expect([...forward(forked, tf.tensor4d([3], [1, 1, 1, 1])).dataSync()]).toEqual([-5]);
  });

  test('gives probabilities that sum to 1', () => {
    const sums = tf.sum(forward(network, pixels()), 1).dataSync();
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
  });

  test('stops at any node, fused or not, and goes on after it to the same end', () => {
    const whole = forward(network, pixels()).dataSync();
    for (const { name } of network.nodes) {
      const cut = forward(network, pixels(), { until: name });
      let rest: Float32Array;
      try {
        rest = forward(network, cut, { after: name }).dataSync<'float32'>();
      } catch (error) {
        // Inside the residual block its input is read again further on: no single cut there holds all that is needed.
        expect(String(error)).toMatch(/reads "layer_0_relu6", which lies before/);
        expect(name).toMatch(/^layer_1_(depthwise|project)/);
        continue;
      }
      expect([name, relativeError(rest, whole)]).toEqual([name, expect.toSatisfy((error: number) => error < 1e-5)]);
    }
  });

  test('uses the weights that a lookup gives, and hands gradients to them', () => {
    const trained = tf.variable(tf.zeros([8, 4]));
    const embedding = forward(network, pixels(), { until: 'embedding' });
    const { weights } = uploadWeights(network);
    const loss = (): tf.Scalar =>
      tf.sum(
        forward(network, embedding, {
          after: 'embedding',
          until: 'logits',
          weights: <Node extends WeightedNode>(node: Node) =>
            node.name === 'logits' ? ({ kernel: trained, bias: tf.zeros([4]) } as never) : weights(node), // as: it is dense
        }),
      );
    expect(loss().dataSync()[0]).toBe(0);
    const { grads } = tf.variableGrads(loss, [trained]);
    // The gradient of the sum of x·W by W is, in each column, the sum of x over the batch.
    const columns = tf.tile(tf.reshape(tf.sum(embedding, 0), [8, 1]), [1, 4]);
    expect(relativeError(grads[trained.name]!.dataSync(), columns.dataSync())).toBeLessThan(1e-6);
  });

  test('leaves no tensor behind but its result', () => {
    const input = pixels();
    const before = tf.memory().numTensors;
    const { weights, dispose } = uploadWeights(network);
    tf.dispose([
      forward(network, input),
      forward(network, input, { weights }),
      forward(network, input, { until: 'pixels' }),
    ]);
    dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(input.isDisposed).toBe(false);
  });

  test('refuses a node that is not there, and a piece without nodes', () => {
    expect(() => forward(network, pixels(), { until: 'nowhere' })).toThrow(/no node "nowhere"/);
    expect(() => forward(network, pixels(), { after: 'logits', until: 'embedding' })).toThrow(/nothing would run/);
  });
});
