import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { registerWasmKernels } from '../../../../src-main/engine/compute/wasm/kernels.ts';
import type { NetworkNode } from '../../../../src-main/engine/network/network.ts';
import { forward, type WeightLookup } from '../../../../src-main/engine/network/tfjs.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { softmaxCrossEntropy } from '../../../../src-main/engine/train/loss.ts';

interface Convolution {
  readonly kind: 'full' | 'depthwise';
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly output: readonly number[];
  readonly inputGradient: readonly number[];
  readonly filterGradient: readonly number[];
}
interface Descent {
  readonly steps: number;
  readonly learningRate: number;
  readonly losses: readonly number[];
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: number[];
    readonly scale: number;
    readonly after: readonly number[];
  }[];
}

/** PyTorch's answers at double precision; see make-gradients.py beside the file. */
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/wasm-kernels/gradients.json'), 'utf8'),
) as { readonly convolutions: readonly Convolution[]; readonly descent: Descent };

beforeAll(loadEverywhere);

/** As in make-gradients.py. */
function sequence(seed: number, shape: readonly number[], scale = 1): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => (((i * 7919 + seed * 104729) % 1009) / 504.5 - 1) * scale,
  );
  return tf.tensor(values, [...shape], 'float32');
}

/** Largest difference, as a fraction of the largest expected value. */
function relativeError(got: tf.Tensor, expected: readonly number[]): number {
  const values = got.dataSync();
  expect(values).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - (values[index] ?? NaN)))) / largest;
}

function convolve(kind: Convolution['kind'], x: tf.Tensor, w: tf.Tensor, stride: number, padding: 'same' | 'valid') {
  const [pictures, filter] = [x as tf.Tensor4D, w as tf.Tensor4D];
  return kind === 'full'
    ? tf.conv2d(pictures, filter, stride, padding)
    : tf.depthwiseConv2d(pictures, filter, stride, padding);
}

describe('a convolution on the WebAssembly backend equals PyTorch in output and both gradients', () => {
  test.each(reference.convolutions)(
    '$kind $kernel×$kernel, stride $stride, $padding, $height×$width',
    ({ kind, height, width, kernel, stride, padding, ...expected }) => {
      expect(tf.getBackend()).toBe('wasm');
      tf.tidy(() => {
        const x = sequence(1, [2, height, width, 3]);
        const w = sequence(2, [kernel, kernel, 3, kind === 'full' ? 2 : 1]);
        const output = convolve(kind, x, w, stride, padding);
        const gradients = tf.grads((a, b) => convolve(kind, a as tf.Tensor, b as tf.Tensor, stride, padding));
        const [inputGradient, filterGradient] = gradients([x, w], sequence(3, output.shape));
        expect([inputGradient?.shape, filterGradient?.shape]).toEqual([x.shape, w.shape]);
        expect(relativeError(output, expected.output)).toBeLessThan(1e-6);
        expect(relativeError(inputGradient as tf.Tensor, expected.inputGradient)).toBeLessThan(1e-6);
        expect(relativeError(filterGradient as tf.Tensor, expected.filterGradient)).toBeLessThan(1e-6);
      });
    },
  );
});

/** The network of make-gradients.py with its weights as variables. */
function smallNetwork() {
  const initial = new Map(
    reference.descent.parameters.map(({ name, shape, scale }, index) => {
      const values = tf.tidy(() => sequence(60 + index, shape, scale).dataSync()) as Float32Array; // as: made float32
      return [name, { shape, values }] as const;
    }),
  );
  const weightsOf = (name: string) => ({
    kernel: initial.get(`${name}/kernel`)!,
    bias: initial.get(`${name}/bias`)!,
  });
  const network: Network = {
    nodes: [
      { op: 'input', name: 'image', inputs: [], shape: [13, 13, 3], mean: 0, scale: 1 },
      { op: 'conv2d', name: 'stem', inputs: ['image'], stride: 2, ...weightsOf('stem') },
      { op: 'activation', name: 'stem/relu', inputs: ['stem'], activation: 'relu6' },
      { op: 'depthwiseConv2d', name: 'depthwise', inputs: ['stem/relu'], stride: 2, ...weightsOf('depthwise') },
      { op: 'activation', name: 'depthwise/relu', inputs: ['depthwise'], activation: 'relu6' },
      { op: 'conv2d', name: 'pointwise', inputs: ['depthwise/relu'], stride: 1, ...weightsOf('pointwise') },
      { op: 'activation', name: 'pointwise/relu', inputs: ['pointwise'], activation: 'relu6' },
      { op: 'globalAveragePool', name: 'embedding', inputs: ['pointwise/relu'] },
      { op: 'dense', name: 'dense', inputs: ['embedding'], ...weightsOf('dense') },
    ],
  };
  const variables = new Map([...initial].map(([name, { shape, values }]) => [name, variable(values, shape)]));
  const weights: WeightLookup = ({ name }: NetworkNode) =>
    ({ kernel: variables.get(`${name}/kernel`), bias: variables.get(`${name}/bias`) }) as never; // as: every node has both
  const input = sequence(50, [6, 13, 13, 3]);
  const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
  /** One step of plain gradient descent; returns the loss before it. */
  const step = (learningRate: number): number =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() =>
        softmaxCrossEntropy(forward(network, input, { weights }) as tf.Tensor2D, labels),
      );
      for (const weight of variables.values()) weight.assign(tf.sub(weight, tf.mul(grads[weight.name]!, learningRate)));
      return value.dataSync()[0] ?? NaN;
    });
  const dispose = () => tf.dispose([input, labels, ...variables.values()]);
  return { variables, step, dispose };
}

function variable(values: Float32Array, shape: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
}

test('six steps of gradient descent on a small network equal PyTorch', () => {
  const { steps, learningRate, losses, parameters } = reference.descent;
  const { variables, step, dispose } = smallNetwork();
  const got = Array.from({ length: steps }, () => step(learningRate));
  got.forEach((loss, index) => expect(loss).toBeCloseTo(losses[index] ?? NaN, 5));
  for (const { name, after } of parameters) expect(relativeError(variables.get(name)!, after)).toBeLessThan(1e-5);
  dispose();
});

test('a thousand training steps leave no tensor behind and need no more memory', () => {
  const { step, dispose } = smallNetwork();
  const heapSizeBytes = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length; // as: not exported
  step(0.01);
  const before = { tensors: tf.memory().numTensors, bytes: tf.memory().numBytes, heap: heapSizeBytes() };
  for (let i = 0; i < 1000; i++) step(0.01);
  expect({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes, heap: heapSizeBytes() }).toEqual(before);
  dispose();
});

test('registering the kernels again changes nothing', () => {
  const kernels = () => tf.getKernelsForBackend('wasm').map(({ kernelFunc }) => kernelFunc);
  const before = kernels();
  registerWasmKernels();
  expect(kernels()).toEqual(before);
});

describe('what the kernels do not compute is refused with the reason', () => {
  const gradientOf = (f: (x: tf.Tensor4D) => tf.Tensor, shape: number[]) => () =>
    tf.tidy(() =>
      tf
        .grad((x) => f(x as tf.Tensor4D))(tf.zeros(shape))
        .dataSync(),
    );

  test('several filters per channel', () => {
    const depthwise = (x: tf.Tensor4D) => tf.depthwiseConv2d(x, tf.zeros([3, 3, 2, 3]), 1, 'same');
    expect(gradientOf(depthwise, [1, 5, 5, 2])).toThrow(
      'DepthwiseConv2dNativeBackpropInput on the WebAssembly backend got 3 filters per channel, but computes one filter per channel only',
    );
  });

  test('padding of the size of the filter or more', () => {
    const convolution = (x: tf.Tensor4D) => tf.conv2d(x, tf.zeros([3, 3, 2, 2]), 1, 3);
    expect(gradientOf(convolution, [1, 5, 5, 2])).toThrow('padding must be smaller than the filter');
  });

  test('channels before pixels', () => {
    const [x, dy] = [tf.zeros<tf.Rank.R4>([1, 2, 5, 5]), tf.zeros<tf.Rank.R4>([1, 2, 5, 5])];
    const attributes = { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 2, 2] };
    const gradient = () => tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, attributes);
    expect(gradient).toThrow('got data format NCHW');
    tf.dispose([x, dy]);
  });

  test('dilation', () => {
    const [x, dy] = [tf.zeros<tf.Rank.R4>([1, 5, 5, 2]), tf.zeros<tf.Rank.R4>([1, 5, 5, 2])];
    const attributes = { strides: 1, pad: 'same', dilations: [2, 2], filterShape: [3, 3, 2, 1] };
    const gradient = () => tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, attributes);
    expect(gradient).toThrow('got dilation 2,2');
    tf.dispose([x, dy]);
  });
});
