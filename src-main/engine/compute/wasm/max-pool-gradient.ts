import * as tf from '@tensorflow/tfjs-core';

interface Inputs {
  /** [batch, rows, columns, channels] of what was pooled. Borrowed, as x is. */
  readonly dy: tf.Tensor4D;
  /** [batch, height, width, channels] */
  readonly input: tf.Tensor4D;
}
interface Attributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Gradient of max pooling by what came in: that of each block goes to the first of its largest values.
 *
 * The package's own kernel starts its search from 0, so that where all values of a block are negative their gradient ends up
 * in the first place of all.
 *
 * @returns  like input. Owned by the caller.
 */
export function maxPoolGradient({ dy, input }: Inputs, attributes: Attributes): tf.Tensor4D {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const pool = tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, inChannels: channels, outHeight, outWidth, filterHeight, filterWidth } = pool;
  const [x, change] = [input.dataSync<'float32'>(), dy.dataSync<'float32'>()];
  const gradient = new Float32Array(x.length);
  let out = 0;
  for (let picture = 0; picture < pool.batchSize; picture++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * pool.strideHeight - pool.padInfo.top;
      const [fromRow, toRow] = [Math.max(top, 0), Math.min(top + filterHeight, inHeight)];
      for (let column = 0; column < outWidth; column++) {
        const left = column * pool.strideWidth - pool.padInfo.left;
        const [fromColumn, toColumn] = [Math.max(left, 0), Math.min(left + filterWidth, inWidth)];
        for (let channel = 0; channel < channels; channel++, out++) {
          let largest = -Infinity;
          let place = ((picture * inHeight + fromRow) * inWidth + fromColumn) * channels + channel;
          for (let y = fromRow; y < toRow; y++) {
            let at = ((picture * inHeight + y) * inWidth + fromColumn) * channels + channel;
            for (let steps = fromColumn; steps < toColumn; steps++, at += channels) {
              const value = x[at] ?? NaN;
              if (value > largest) [largest, place] = [value, at];
            }
          }
          gradient[place] = (gradient[place] ?? 0) + (change[out] ?? NaN);
        }
      }
    }
  }
  return tf.tensor4d(gradient, input.shape);
}
