import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';

/** Changes variables by their gradients, in place. */
export interface Optimizer {
  /** Gradients by variable name, as `tf.variableGrads` gives them. Borrowed. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>): void;
  dispose(): void;
}

export function createOptimizer(
  variables: readonly tf.Variable[],
  { optimizer, learningRate, weightDecay }: Pick<TrainConfig, 'optimizer' | 'learningRate' | 'weightDecay'>,
): Optimizer {
  // Biases are not decayed: shrinking them only moves the answer away from the classes' shares.
  const decayOf = (variable: tf.Variable) => (variable.rank > 1 ? weightDecay : 0);
  return optimizer === 'sgd' ? momentumSgd(variables, learningRate, decayOf) : adamW(variables, learningRate, decayOf);
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** @see Loshchilov & Hutter 2019, "Decoupled weight decay regularization", arXiv:1711.05101, algorithm 2; as in torch.optim.AdamW. */
function adamW(
  variables: readonly tf.Variable[],
  learningRate: number,
  decayOf: (variable: tf.Variable) => number,
): Optimizer {
  const states = variables.map((variable) => ({
    variable,
    first: zerosVariable(variable),
    second: zerosVariable(variable),
  }));
  let step = 0;
  return {
    apply(gradients) {
      step++;
      const correction1 = 1 - BETA_1 ** step;
      const correction2 = 1 - BETA_2 ** step;
      for (const { variable, first, second } of states) {
        tf.tidy(() => {
          const gradient = gradientOf(gradients, variable);
          first.assign(tf.add(tf.mul(first, BETA_1), tf.mul(gradient, 1 - BETA_1)));
          second.assign(tf.add(tf.mul(second, BETA_2), tf.mul(tf.square(gradient), 1 - BETA_2)));
          const denominator = tf.add(tf.div(tf.sqrt(second), Math.sqrt(correction2)), EPSILON);
          const update = tf.mul(tf.div(first, denominator), learningRate / correction1);
          variable.assign(tf.sub(tf.mul(variable, 1 - learningRate * decayOf(variable)), update));
        });
      }
    },
    dispose: () => states.forEach(({ first, second }) => tf.dispose([first, second])),
  };
}

const MOMENTUM = 0.9;

/** Heavy-ball momentum as in torch.optim.SGD (`v ← μv + g`, `w ← w − lr·v`), with decoupled weight decay. @see Polyak 1964. */
function momentumSgd(
  variables: readonly tf.Variable[],
  learningRate: number,
  decayOf: (variable: tf.Variable) => number,
): Optimizer {
  const states = variables.map((variable) => ({ variable, velocity: zerosVariable(variable) }));
  return {
    apply(gradients) {
      for (const { variable, velocity } of states) {
        tf.tidy(() => {
          velocity.assign(tf.add(tf.mul(velocity, MOMENTUM), gradientOf(gradients, variable)));
          variable.assign(
            tf.sub(tf.mul(variable, 1 - learningRate * decayOf(variable)), tf.mul(velocity, learningRate)),
          );
        });
      }
    },
    dispose: () => states.forEach(({ velocity }) => velocity.dispose()),
  };
}

/** In a tidy, since `tf.variable` copies what it is given and does not dispose of it. */
function zerosVariable(like: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(like), false));
}

function gradientOf(gradients: Readonly<Record<string, tf.Tensor>>, variable: tf.Variable): tf.Tensor {
  const gradient = gradients[variable.name];
  if (gradient === undefined) throw new Error(`No gradient for variable ${variable.name}`);
  return gradient;
}
