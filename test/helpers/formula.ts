/** Numbers that tests and the Python scripts of their fixtures compute alike, so that a fixture holds answers alone. */
import * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from '../../src-main/engine/network/network.ts';
import type { Noise } from '../../src-main/engine/network/noise.ts';

/** (i · 7919 + seed · 104729) mod 1009, brought to −1…1: no pattern that a mistake in an index would survive. */
export function sequence(seed: number, length: number, scale = 1): Float32Array {
  return Float32Array.from({ length }, (_, i) => (((i * 7919 + seed * 104729) % 1009) / 504.5 - 1) * scale);
}

export function sequenceParameter(seed: number, shape: readonly number[], scale = 1): Parameter {
  return { shape, values: sequence(seed, sizeOf(shape), scale) };
}

/** Owned by the caller. */
export function sequenceTensor(seed: number, shape: readonly number[], scale = 1): tf.Tensor {
  return tf.tensor(sequence(seed, sizeOf(shape), scale), [...shape]);
}

/** Of a name: the sum of its characters, each times its place. */
export function seedOf(name: string): number {
  return Array.from(name).reduce((sum, character, index) => sum + (index + 1) * character.charCodeAt(0), 0) % 1009;
}

/** Draws and masks that follow from a node's name alone. */
export const FORMULA_NOISE: Noise = {
  mask: (node, shape, rate) =>
    tf.tensor(
      sequence(seedOf(node), sizeOf(shape)).map((value) => ((value + 1) / 2 >= rate ? 1 : 0)),
      [...shape],
    ),
  draw: (node) => ((sequence(seedOf(node), 1)[0] ?? NaN) + 1) / 2,
};

/** What a fixture keeps of a large array. */
export interface Summary {
  readonly norm: number;
  readonly largest: number;
  /** Its sum under the signs of `sequence(5)`. */
  readonly product: number;
  /** Entries (i · 7919 + 13) mod length. */
  readonly samples: readonly number[];
}

/**
 * How far an array is from its reference: the largest of the differences of sampled entries, in units of the largest entry,
 * and of the differences of norm and of product, in units of the norm.
 *
 * @param floor  least unit, where the reference is zero but for rounding; absent: none.
 */
export function errorOf(values: ArrayLike<number>, reference: Summary, floor = 0): number {
  const signs = sequence(5, values.length);
  let squares = 0;
  let product = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    squares += value * value;
    product += value * (signs[i] ?? NaN);
  }
  const errors = reference.samples.map((expected, i) => {
    const value = values[(i * 7919 + 13) % values.length] ?? NaN;
    return Math.abs(value - expected) / Math.max(reference.largest, floor);
  });
  const unit = Math.max(reference.norm, floor);
  errors.push(Math.abs(Math.sqrt(squares) - reference.norm) / unit);
  errors.push(Math.abs(product - reference.product) / unit);
  return Math.max(...errors); // NaN if any is
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
