import * as tf from '@tensorflow/tfjs-core';
import type { Distribution } from '../../contract/diagnostics.ts';

const BIN_COUNT = 32;

/** Fraction of the golden ratio: its multiples, modulo 1, fill an interval evenly and fall into step with no layout of channels. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Values of a tensor, spread evenly over it: all where there are few.
 *
 * @param tensor  of any shape. Borrowed.
 * @param count   at most so many.
 * @returns       float32 [min(count, size)]. Owned by the caller.
 */
export function sampleOf(tensor: tf.Tensor, count: number): tf.Tensor1D {
  return tf.tidy(() => {
    const flat = tf.reshape<tf.Rank.R1>(tensor, [-1]);
    if (tensor.size <= count) return flat;
    const places = new Int32Array(count);
    for (let index = 0; index < count; index++) places[index] = (((index + 0.5) * GOLDEN) % 1) * tensor.size;
    return tf.gather(flat, tf.tensor1d(places, 'int32'));
  });
}

/** @param values  at least one; finite. */
export function distributionOf(values: Float32Array): Distribution {
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  const mean = sum / values.length;
  const width = (high - low) / BIN_COUNT;
  const counts = new Array<number>(width === 0 ? 1 : BIN_COUNT).fill(0);
  let squares = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    const bin = width === 0 ? 0 : Math.min(BIN_COUNT - 1, Math.floor((value - low) / width)); // the largest lies in the last
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { mean, std: Math.sqrt(squares / values.length), histogram: { low, high, counts } };
}

/**
 * Brings tensors of one axis over in one go.
 *
 * @param tensors  borrowed.
 * @returns        the values of each; null where any is not a finite number.
 */
export async function download(tensors: readonly tf.Tensor1D[]): Promise<Float32Array[] | null> {
  const together = tf.concat([...tensors]);
  const values = await together.data<'float32'>();
  together.dispose();
  if (!values.every(Number.isFinite)) return null;
  let start = 0;
  return tensors.map(({ size }) => values.slice(start, (start += size)));
}
