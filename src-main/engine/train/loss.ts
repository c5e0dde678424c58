import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean softmax cross-entropy, from logits for numerical stability. What measuring uses: no smoothing, all rows alike.
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

export interface TrainingLossOptions {
  /** ε: each label's distribution is (1 − ε) on its class plus ε / classes on every class. */
  readonly labelSmoothing: number;
  /** float32 [batch], one weight a row, of which at least one is not 0; absent: all alike. Borrowed. */
  readonly weights?: tf.Tensor1D;
}

/**
 * Softmax cross-entropy to learn by: Σ wᵢ·ℓᵢ / Σ wᵢ, where ℓᵢ is the cross-entropy of row i against its smoothed label.
 *
 * Without weights it is torch.nn.CrossEntropyLoss(label_smoothing=ε); without smoothing, with wᵢ the weight of row i's
 * class, it is CrossEntropyLoss(weight=…). With both at once torch also weights the smoothed part class by class; here a
 * weight belongs to the picture, as a `sample_weight` in Keras does, so that it never bends the label.
 *
 * @param logits  float32 [batch, classes].
 * @param labels  int32 [batch], class numbers; or float32 [batch, classes], what each row is of every class, as mixup gives.
 * @returns scalar, nats.
 * @see Szegedy et al. 2016, arXiv:1512.00567, section 7.
 */
export function trainingLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D | tf.Tensor2D,
  { labelSmoothing, weights }: TrainingLossOptions,
): tf.Scalar {
  return tf.tidy(() => {
    const [rowCount, classCount] = logits.shape;
    const targets = smoothTargets(labels, classCount, labelSmoothing);
    const losses = tf.mul(targets, tf.logSoftmax(logits));
    if (weights === undefined) return tf.mul(tf.sum(losses), -1 / rowCount);
    const shares = tf.div(weights, tf.neg(tf.sum(weights)));
    return tf.sum(tf.mul(losses, tf.expandDims(shares, 1)));
  });
}

/** (1 − ε) of each label, and ε / classes on every class. float32 [batch, classes]; owned by the caller. */
function smoothTargets(labels: tf.Tensor1D | tf.Tensor2D, classCount: number, labelSmoothing: number): tf.Tensor2D {
  // Asked for float32 values, the WebAssembly backend of tfjs 4.22 gives zeros: cast instead.
  const hard = labels.rank === 2 ? tf.clone(labels) : tf.cast(tf.oneHot(labels, classCount), 'float32');
  return (
    labelSmoothing === 0 ? hard : tf.add(tf.mul(hard, 1 - labelSmoothing), labelSmoothing / classCount)
  ) as tf.Tensor2D; // as: one row a label
}
