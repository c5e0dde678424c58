import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean softmax cross-entropy, from logits for numerical stability.
 *
 * @param logits  float32 [batch, classes].
 * @param labels  int32 [batch], class numbers.
 * @returns scalar, nats.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const chosen = tf.mul(tf.oneHot(labels, logits.shape[1]), tf.logSoftmax(logits));
    return tf.neg(tf.mean(tf.sum(chosen, 1)));
  });
}
