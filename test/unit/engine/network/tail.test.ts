import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { cutAt } from '../../../../src-main/engine/network/cut.ts';
import { createTail, withTail } from '../../../../src-main/engine/network/tail.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { randomNetwork, randomPixels, relativeError } from '../../../helpers/random-network.ts';

const whole = randomNetwork({
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
const logits = whole.nodes.find((node) => node.op === 'dense')!;
const backbone: Network = { nodes: whole.nodes.slice(0, -2) };
const CUT = 'layer_2';
const pixels = () => tf.tensor4d(randomPixels(3, 2 * 10 * 11 * 3), [2, 10, 11, 3], 'int32');

beforeAll(loadTestBackend);

/** Logits of a whole classifier. */
const reference = (network: Network) => tf.tidy(() => forward(network, pixels(), { until: 'logits' }).dataSync());

describe('createTail', () => {
  test('answers on activations at the cut as the whole network does on pixels', () => {
    const tail = createTail(whole, CUT);
    const got = tf.tidy(() => tail.logits(forward(cutAt(backbone, CUT).trunk, pixels())).dataSync());
    expect(relativeError(got, reference(whole))).toBeLessThan(1e-5);
    expect(tail.nodes.map(({ name }) => name)).toEqual(['layer_2', 'layer_3', 'logits']);
    expect(tail.variables.map(({ shape }) => shape)).toEqual([[3, 3, 6, 1], [6], [1, 1, 6, 9], [9], [9, 4], [4]]);
    tail.dispose();
  });

  test('reads pixels where everything learns', () => {
    const tail = createTail(whole, 'layer_0');
    const got = tf.tidy(() => tail.logits(pixels()).dataSync());
    expect(relativeError(got, reference(whole))).toBeLessThan(1e-5);
    expect(tail.nodes).toHaveLength(6);
    tail.dispose();
  });

  test('has a gradient for every variable', () => {
    const tail = createTail(whole, 'layer_0');
    const largest = tf.tidy(() => {
      const loss = () => tf.sum(tf.square(tail.logits(pixels()))) as tf.Scalar; // as: a sum over all axes
      const { grads } = tf.variableGrads(loss, [...tail.variables]);
      return tail.variables.map(({ name }) => tf.max(tf.abs(grads[name]!)).dataSync()[0]);
    });
    expect(largest).toHaveLength(12);
    largest.forEach((value) => expect(value).toBeGreaterThan(0));
    tail.dispose();
  });

  test('gives back its weights, and takes others', () => {
    const tail = createTail(whole, CUT);
    const initial = tail.weights();
    const doubled = initial.map(({ shape, values }) => ({ shape, values: values.map((value) => 2 * value) }));
    tail.load(doubled);
    expect(tail.weights()).toEqual(doubled);
    expect(initial.at(-1)).toEqual(logits.bias);
    expect(() => tail.load(initial.slice(1))).toThrow('this network needs [3, 3, 6, 1], [6], [1, 1, 6, 9]');
    tail.dispose();
  });

  test('leaves no tensor behind', async () => {
    const leaked = await countLeakedTensors(async () => {
      const tail = createTail(whole, CUT);
      tail.load(tail.weights());
      tf.tidy(() => void tail.logits(tf.zeros([1, 5, 6, 6])));
      tail.dispose();
    });
    expect(leaked).toBe(0);
  });

  test('refuses a cut that does not exist', () => {
    expect(() => createTail(whole, 'layer_9')).toThrow('The backbone cannot be cut at "layer_9"');
  });
});

describe('withTail', () => {
  test('answers as the tail did', () => {
    const tail = createTail(whole, CUT);
    tail.load(tail.weights().map(({ shape, values }) => ({ shape, values: values.map((value) => value - 0.1) })));
    const activations = tf.tidy(() => forward(cutAt(backbone, CUT).trunk, pixels()));
    const expected = tf.tidy(() => tail.logits(activations).dataSync());
    expect(relativeError(reference(withTail(whole, CUT, tail.weights())), expected)).toBeLessThan(1e-5);
    expect(relativeError(reference(whole), expected)).toBeGreaterThan(0.1);
    tf.dispose(activations);
    tail.dispose();
  });

  test('keeps the very objects of the trunk', () => {
    const tail = createTail(whole, CUT);
    const learned = withTail(whole, CUT, tail.weights());
    const kept = learned.nodes.filter((node, index) => node === whole.nodes[index]).map(({ name }) => name);
    const before = cutAt(backbone, CUT).trunk.nodes.map(({ name }) => name);
    expect(kept).toEqual([...before, 'layer_2_relu', 'layer_3_relu6', 'embedding', 'probabilities']);
    expect(learned.nodes.map(({ name }) => name)).toEqual(whole.nodes.map(({ name }) => name));
    tail.dispose();
  });

  test('refuses weights of another cut', () => {
    const tail = createTail(whole, CUT);
    expect(() => withTail(whole, 'layer_3', tail.weights())).toThrow(
      'The weights of a tail are [3, 3, 6, 1], [6], [1, 1, 6, 9], [9], [9, 4], [4]; this network needs [1, 1, 6, 9]',
    );
    tail.dispose();
  });
});
