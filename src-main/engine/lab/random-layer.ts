/** One layer of a network with random weights, forwards and backwards by hand: no gradient tape holds what it need not. */
import * as tf from '@tensorflow/tfjs-core';
import type { HiddenActivation } from '../../contract/training.ts';
import { activate, activationSlope, prelu } from '../network/activations.ts';
import { createRandom, gaussian } from '../random.ts';
import { PRELU_START } from './activation-formulas.ts';

/** Keeps these draws apart from others with the same seed. */
const STREAM = 40;

/** A Maxout unit takes the larger of so many sums. */
export const MAXOUT_PIECES = 2;

/**
 * Weights from N(0, 1), which each initialisation multiplies by its own std: so all of them are compared on the same draw.
 *
 * @returns float32 [fanIn, width], one a piece. Owned by the caller.
 */
export function drawWeights(seed: number, layer: number, fanIn: number, width: number, pieces: number): tf.Tensor2D[] {
  return Array.from({ length: pieces }, (_, piece) => {
    const random = createRandom(seed, STREAM, layer, piece);
    return tf.tensor2d(
      Float32Array.from({ length: fanIn * width }, () => gaussian(random)),
      [fanIn, width],
    );
  });
}

export interface LayerOutput {
  /** float32 [pictures, units]. */
  readonly output: tf.Tensor;
  /** dy/dx of each piece, like `output`. */
  readonly slopes: readonly tf.Tensor[];
}

/**
 * y = f(x · W · std), of Maxout the larger of both pieces.
 *
 * @param input    float32 [pictures, fanIn]. Borrowed.
 * @param weights  as from `drawWeights`; what Maxout does not need is ignored. Borrowed.
 * @returns        owned by the caller.
 */
export function runLayer(
  activation: HiddenActivation,
  input: tf.Tensor,
  weights: readonly tf.Tensor2D[],
  std: number,
): LayerOutput {
  return tf.tidy(() => {
    const pieces = activation === 'maxout' ? MAXOUT_PIECES : 1;
    const sums = weights.slice(0, pieces).map((kernel) => tf.mul(tf.matMul(input, kernel), std));
    const [first, second] = sums as [tf.Tensor, tf.Tensor]; // as: the second is read for Maxout alone
    if (activation === 'maxout') {
      const isFirst = tf.cast(tf.greaterEqual(first, second), 'float32');
      return { output: tf.maximum(first, second), slopes: [isFirst, tf.sub(1, isFirst)] };
    }
    if (activation === 'prelu') {
      const units = first.shape.at(-1) ?? 0;
      const open = tf.where(tf.greater(first, 0), tf.onesLike(first), tf.fill(first.shape, PRELU_START));
      return { output: prelu(first, tf.fill([units], PRELU_START)), slopes: [open] };
    }
    const output = activate(first, activation);
    return { output, slopes: [activationSlope(output, activation)] };
  });
}

/**
 * The gradient by a layer's input from that by its output.
 *
 * @param gradient  like the layer's output. Borrowed.
 * @returns         like its input. Owned by the caller.
 */
export function runLayerBackwards(
  gradient: tf.Tensor,
  { slopes }: LayerOutput,
  weights: readonly tf.Tensor2D[],
  std: number,
): tf.Tensor {
  return tf.tidy(() => {
    const parts = slopes.map(
      (slope, piece) => tf.matMul(tf.mul(gradient, slope), weights[piece] as tf.Tensor2D, false, true), // as: a weight for each slope
    );
    return tf.mul(
      parts.reduce((sum, part) => tf.add(sum, part)),
      std,
    );
  });
}
