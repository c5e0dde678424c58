/** Fractional max pooling: Graham 2014, arXiv:1412.6071, with disjoint regions. */
import * as tf from '@tensorflow/tfjs-core';

/** How many regions an axis is pooled into: rounded up, so that none is longer than 2. */
export function pooledSize(size: number, ratio: number): number {
  return Math.ceil(size / ratio - 1e-9);
}

/**
 * Where the regions of an axis begin, Graham's pseudo-random sequence (section 2): aᵢ = ⌈α(i + u)⌉ − ⌈αu⌉, with
 * α = size / count, so that each region is ⌊α⌋ or ⌈α⌉ long.
 *
 * @param phase  u, in [0, 1).
 * @returns      count + 1 places, from 0 to `size`.
 */
export function regionStarts(size: number, count: number, phase: number): number[] {
  const alpha = size / count;
  // Shifted by a hair: rounding must not make ⌈α(i + u)⌉ of a whole number one too large.
  const ceil = (value: number) => Math.ceil(value - 1e-9);
  const starts = Array.from({ length: count }, (_, i) => ceil(alpha * (i + phase)) - ceil(alpha * phase));
  return [...starts, size];
}

/**
 * The largest value of each region, rows × columns, by channel.
 *
 * Rows and columns are pooled one after another, which gives the same maxima. The gradient goes to the first of equal values.
 *
 * @param x        float32 [batch, height, width, channels]. Borrowed.
 * @param rows     as from `regionStarts`, of the height; regions are 1 or 2 long.
 * @param columns  of the width.
 * @returns        float32 [batch, rows, columns, channels]. Owned by the caller.
 */
export function poolRegions(x: tf.Tensor4D, rows: readonly number[], columns: readonly number[]): tf.Tensor4D {
  return tf.tidy(() => poolAxis(poolAxis(x, 1, rows), 2, columns));
}

function poolAxis(x: tf.Tensor4D, axis: 1 | 2, starts: readonly number[]): tf.Tensor4D {
  const firsts = starts.slice(0, -1);
  const lasts = starts.slice(1).map((next) => next - 1);
  const pick = (from: tf.Tensor, places: readonly number[]) => tf.gather(from, tf.tensor1d([...places], 'int32'), axis);
  return tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc; // as: tfjs passes it last
    const [first, last] = [pick(x, firsts), pick(x, lasts)];
    const isFirst = tf.cast(tf.greaterEqual(first, last), 'float32');
    save([isFirst]);
    // WebAssembly lacks the gradient of `gather`, but each place has one region: it picks what that gives to its first, or last.
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
      const toFirst = tf.mul(dy, saved as tf.Tensor); // as: saved above
      return pick(tf.concat([toFirst, tf.sub(dy, toFirst)], axis), giversOf(firsts, lasts));
    };
    return { value: tf.maximum(first, last), gradFunc };
  })(x) as tf.Tensor4D; // as: a maximum of two of four axes
}

/** For each place of an axis, which of what its region gives is its own: to firsts, then to lasts. */
function giversOf(firsts: readonly number[], lasts: readonly number[]): number[] {
  return firsts.flatMap((first, region) => (first === lasts[region] ? [region] : [region, firsts.length + region]));
}
