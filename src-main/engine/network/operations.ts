/** What each kind of node computes, in tfjs core ops. */
import * as tf from '@tensorflow/tfjs-core';
import { activate, prelu } from './activations.ts';
import { normaliseBatch } from './batch-norm.ts';
import type { FusableActivation } from './fused-activation.ts';
import { poolRegions, pooledSize, regionStarts } from './fractional-pool.ts';
import type {
  BatchNormNode,
  Conv2dNode,
  DenseNode,
  DepthwiseConv2dNode,
  DropoutNode,
  StochasticDepthNode,
  FractionalMaxPoolNode,
  NetworkNode,
} from './network.ts';
import type { ByRole } from './parameters.ts';
import type { TrainingStep, WeightLookup } from './tfjs.ts';

interface Context {
  readonly read: (node: NetworkNode, index: number) => tf.Tensor;
  /** What the network was given. */
  readonly input: tf.Tensor;
  readonly weights: WeightLookup;
  /** Activation that a convolution computes too. */
  readonly fused: FusableActivation | null;
  readonly step: TrainingStep | undefined;
}

/** Runs one node; in a tidy. Ranks are those that `inferShapes` holds. */
export function runNode(node: NetworkNode, { read, input, weights, fused, step }: Context): tf.Tensor {
  const x = node.op === 'input' ? input : read(node, 0);
  switch (node.op) {
    case 'input':
      return tf.mul(tf.sub(tf.cast(x, 'float32'), node.mean), node.scale);
    case 'conv2d':
    case 'depthwiseConv2d':
      return convolve(node, x as tf.Tensor4D, weights(node), fused ?? 'linear');
    case 'activation':
      return activate(x, node.activation);
    case 'prelu':
      return prelu(x, weights(node).slope);
    case 'maximum':
      return tf.maximum(x, read(node, 1));
    case 'add':
      return tf.add(x, read(node, 1));
    case 'offset':
      return tf.add(x, weights(node).offset);
    case 'batchNorm':
      return normalise(node, x, weights(node), step);
    case 'maxPool':
      return tf.maxPool(x as tf.Tensor4D, node.size, node.size, 'valid');
    case 'fractionalMaxPool':
      return poolFraction(node, x as tf.Tensor4D, step);
    case 'globalAveragePool':
      return tf.mean(x, [1, 2]);
    case 'dense':
      return connect(node, x, weights(node), step);
    case 'dropout':
      return drop(node, x, step);
    case 'stochasticDepth':
      return skip(node, x, step);
    case 'softmax':
      return tf.softmax(x);
  }
}

function skip(
  { name, survival, isInverted = false }: StochasticDepthNode,
  x: tf.Tensor,
  step?: TrainingStep,
): tf.Tensor {
  if (step === undefined) return isInverted ? tf.clone(x) : tf.mul(x, survival);
  if (step.noise.draw(name) >= survival) return tf.zerosLike(x);
  return isInverted ? tf.div(x, survival) : tf.clone(x);
}

function convolve(
  node: Conv2dNode | DepthwiseConv2dNode,
  x: tf.Tensor4D,
  { kernel, bias }: ByRole<Conv2dNode, tf.Tensor>,
  activation: FusableActivation | 'linear',
): tf.Tensor {
  const filter = kernel as tf.Tensor4D; // its shape is checked when the network is made
  const [rows, columns, inChannels, outChannels] = filter.shape;
  if (node.op === 'depthwiseConv2d')
    return tf.fused.depthwiseConv2d({ x, filter, strides: node.stride, pad: 'same', bias, activation });
  if (rows !== 1 || columns !== 1 || node.stride !== 1)
    return tf.fused.conv2d({ x, filter, strides: node.stride, pad: 'same', bias, activation });
  const pixels = tf.reshape(x, [-1, inChannels]);
  const mixed = tf.fused.matMul({ a: pixels, b: tf.reshape(filter, [inChannels, outChannels]), bias, activation });
  return tf.reshape(mixed, [...x.shape.slice(0, 3), outChannels]);
}

function connect(
  { name, dropConnect = 0 }: DenseNode,
  x: tf.Tensor,
  { kernel, bias }: ByRole<DenseNode, tf.Tensor>,
  step: TrainingStep | undefined,
): tf.Tensor {
  if (step === undefined || dropConnect === 0) return tf.fused.matMul({ a: x, b: kernel, bias });
  const kept = tf.mul(step.noise.mask(name, kernel.shape, dropConnect), 1 / (1 - dropConnect));
  return tf.add(tf.matMul(x, tf.mul(kernel, kept)), bias);
}

/** @see Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"; inverted: section 10. */
function drop({ name, rate, isInverted }: DropoutNode, x: tf.Tensor, step: TrainingStep | undefined): tf.Tensor {
  if (step === undefined) return tf.mul(x, isInverted ? 1 : 1 - rate);
  return tf.mul(x, tf.mul(step.noise.mask(name, x.shape, rate), isInverted ? 1 / (1 - rate) : 1));
}

/** @see Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2. */
function normalise(
  node: BatchNormNode,
  x: tf.Tensor,
  { gamma, beta, mean, variance }: ByRole<BatchNormNode, tf.Tensor>,
  step: TrainingStep | undefined,
): tf.Tensor {
  const { epsilon } = node;
  if (step) return normaliseBatch({ x, gamma, beta, epsilon }, (moments) => step.onMoments(node, moments));
  return tf.add(tf.mul(tf.sub(x, mean), tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gamma)), beta);
}

function poolFraction(
  { name, ratio, phase }: FractionalMaxPoolNode,
  x: tf.Tensor4D,
  step: TrainingStep | undefined,
): tf.Tensor {
  const [, height, width] = x.shape;
  const startsOf = (size: number, axis: string) =>
    regionStarts(size, pooledSize(size, ratio), step === undefined ? phase : step.noise.draw(`${name}/${axis}`));
  return poolRegions(x, startsOf(height, 'rows'), startsOf(width, 'columns'));
}
