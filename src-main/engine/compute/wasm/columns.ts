/** Sums over pixels and their opposite, as the gradients of biases and of batch norm need them. */
import * as tf from '@tensorflow/tfjs-core';

interface Input {
  /** Borrowed. */
  readonly x: tf.Tensor;
}

/** Whether a sum runs over every axis but the last, so that `columnSums` gives it. */
export function isColumnSum({ x }: Input, { axis }: tf.SumAttrs): boolean {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  return x.dtype === 'float32' && x.size > 0 && axes.length === x.rank - 1 && !axes.includes(x.rank - 1);
}

/**
 * Sums over every axis but the last through an average pool over all pixels, which goes to XNNPACK: 20 times as fast as
 * the package, which transposes first (14×14×384, 16 pictures: 3.2 → 0.2 ms).
 *
 * @param inputs  x: float32 [..., columns].
 * @returns       [columns], or [1, ..., columns] with `keepDims`. Owned by the caller.
 */
export function columnSums({ x }: Input, { keepDims }: tf.SumAttrs): tf.Tensor {
  const columns = x.shape.at(-1) ?? 1;
  const rows = x.size / columns;
  const mean = tf.avgPool(tf.reshape<tf.Rank.R4>(x, [1, rows, 1, columns]), [rows, 1], 1, 'valid');
  return tf.reshape(tf.mul(mean, rows), [...(keepDims ? x.shape.slice(0, -1).fill(1) : []), columns]);
}

/** Whether only axes of size 1 are repeated, so that `spread` gives it. */
export function isSpread({ x }: Input, { reps }: tf.TileAttrs): boolean {
  return x.dtype === 'float32' && reps.every((times, axis) => times === 1 || x.shape[axis] === 1);
}

/**
 * Repeats along axes of size 1 by adding zeros of the full shape: 15 times as fast as the package's loop
 * (to 14×14×384, 16 pictures: 63 → 4 ms).
 *
 * @param inputs  x: float32. @param attributes  reps: times per axis.
 * @returns       owned by the caller.
 */
export function spread({ x }: Input, { reps }: tf.TileAttrs): tf.Tensor {
  const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
  return tf.add(tf.zeros(shape), x);
}
