import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';
import type { Gradients } from './optimizers.ts';

type Penalties = Pick<TrainConfig, 'l1' | 'l2'>;

/**
 * Adds the gradient of l1 · Σ|w| + l2 · Σw², over all weights but biases and the like (arrays of one axis). The loss that is
 * reported stays that of the pictures, so that training and validation compare. Weight decay is another thing: it is
 * decoupled from the gradient (optimizers.ts).
 *
 * @param gradients  by variable name. Borrowed.
 * @returns the same object where nothing is asked for; else new tensors beside the given ones. Owned by the caller.
 */
export function addPenalties(
  gradients: Gradients,
  variables: readonly tf.Variable[],
  { l1, l2 }: Penalties,
): Gradients {
  if (l1 === 0 && l2 === 0) return gradients;
  const penalised = variables.flatMap((variable) => {
    const gradient = gradients[variable.name];
    if (gradient === undefined || variable.rank < 2) return [];
    return [[variable.name, tf.tidy(() => tf.add(gradient, penaltyGradient(variable, { l1, l2 })))] as const];
  });
  return { ...gradients, ...Object.fromEntries(penalised) };
}

/** l1 · sign(w) + 2 · l2 · w, as Keras' `regularizers.L1L2` has it. Owned by the caller. */
function penaltyGradient(weights: tf.Tensor, { l1, l2 }: Penalties): tf.Tensor {
  return tf.tidy(() => tf.add(tf.mul(tf.sign(weights), l1), tf.mul(weights, 2 * l2)));
}
