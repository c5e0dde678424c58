/**
 * Batch norm of a batch by its own mean and variance, with the gradient written out.
 *
 * Context: taken apart into basic operations, batch norm took more than half of a training step of the network from scratch.
 * Choice: one operation whose gradient needs the centred values alone, with sums over pixels as sums of a matrix' columns.
 * Cost: it has no second derivative.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Of a batch at a batch norm, [channels] each. */
export interface MeasuredMoments {
  readonly mean: tf.Tensor1D;
  /** Biased: the mean squared distance, as Keras keeps it. */
  readonly variance: tf.Tensor1D;
}

interface NormInputs {
  /** [..., channels]. Borrowed. */
  readonly x: tf.Tensor;
  /** [channels] each. Borrowed. */
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
  readonly epsilon: number;
}

/**
 * (x − mean) · gamma / √(variance + epsilon) + beta by channel, with the batch's mean and variance.
 *
 * @param onMoments  takes these; in a tidy, outside of the gradient.
 * @returns          like x. Owned by the caller.
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1 and section 3.
 */
export function normaliseBatch(
  { x, gamma, beta, epsilon }: NormInputs,
  onMoments: (moments: MeasuredMoments) => void,
): tf.Tensor {
  const channels = x.shape.at(-1) ?? 1;
  const share = channels / x.size; // 1 / pixels
  return tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc; // as: tfjs passes it last
    const pixels = tf.reshape<tf.Rank.R2>(x, [-1, channels]);
    const mean = tf.mul<tf.Tensor1D>(tf.sum(pixels, 0), share);
    const centred = tf.sub(pixels, mean);
    const variance = tf.mul<tf.Tensor1D>(tf.sum(tf.square(centred), 0), share);
    onMoments({ mean, variance });
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    save([centred, inverse, gamma]);
    const value = tf.reshape(tf.add(tf.mul(centred, tf.mul(inverse, gamma)), beta), x.shape);
    return { value, gradFunc };
  })(x, gamma, beta);

  /** The mean and the variance move with each value, so that neither a shift nor a stretch of x changes y. */
  function gradFunc(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
    const [centred, inverse, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]; // as: saved above
    const change = tf.reshape(dy, [-1, channels]);
    const ofBeta = tf.sum(change, 0);
    const ofGamma = tf.mul(tf.sum(tf.mul(change, centred), 0), inverse);
    const factor = tf.mul(inverse, scale);
    const stretch = tf.mul(tf.mul(tf.mul(ofGamma, inverse), factor), share);
    const shift = tf.mul(tf.mul(ofBeta, factor), share);
    const ofX = tf.sub(tf.mul(change, factor), tf.add(tf.mul(centred, stretch), shift));
    return [tf.reshape(ofX, dy.shape), ofGamma, ofBeta];
  }
}
