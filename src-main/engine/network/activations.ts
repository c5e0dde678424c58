/**
 * The pointwise activations in tfjs core ops, each with its gradient written out: the slope follows from the output alone, so
 * that one tensor is kept for the backward pass, and nothing is needed that one of the backends lacks.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from './network.ts';

/** @see Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models". */
export const LEAKY_SLOPE = 0.01;

/** α of ELU. @see Clevert et al. 2015, arXiv:1511.07289. */
export const ELU_ALPHA = 1;

/** λ and α of SELU. @see Klambauer et al. 2017, arXiv:1706.02515, eq. 14. */
export const SELU_SCALE = 1.0507009873554805;
export const SELU_ALPHA = 1.6732632423543772;

interface Formula {
  readonly value: (x: tf.Tensor) => tf.Tensor;
  /** dy/dx, from y. */
  readonly slope: (y: tf.Tensor) => tf.Tensor;
}

/**
 * The two kernels that engine/compute adds to a backend, where it has a fast one: `{ dy, y }` → dy where the activation of
 * output y is open, else 0.
 */
export const ACTIVATION_GRADIENT_KERNELS = { relu: 'ReluGrad', relu6: 'Relu6Grad' } as const;

const FORMULAS: { readonly [Name in Activation]: Formula } = {
  relu: { value: tf.relu, slope: (y) => tf.step(y) },
  relu6: { value: tf.relu6, slope: (y) => tf.step(tf.mul(y, tf.sub(6, y))) },
  leakyRelu: { value: (x) => tf.leakyRelu(x, LEAKY_SLOPE), slope: (y) => tf.step(y, LEAKY_SLOPE) },
  elu: { value: (x) => tf.elu(x), slope: (y) => tf.where(tf.greater(y, 0), tf.onesLike(y), tf.add(y, ELU_ALPHA)) },
  selu: {
    value: (x) => tf.selu(x),
    slope: (y) => tf.where(tf.greater(y, 0), tf.fill(y.shape, SELU_SCALE), tf.add(y, SELU_SCALE * SELU_ALPHA)),
  },
  sigmoid: { value: (x) => tf.sigmoid(x), slope: (y) => tf.mul(y, tf.sub(1, y)) },
  tanh: { value: (x) => tf.tanh(x), slope: (y) => tf.sub(1, tf.square(y)) },
};

/**
 * y = f(x), value by value, with its gradient. Where f has a corner (at 0, and at 6 for ReLU6) the slope is that of its lower side.
 *
 * @param x  any shape. Borrowed.
 * @returns  like x. Owned by the caller.
 */
export function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  return tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc; // as: tfjs passes it last
    const y = FORMULAS[activation].value(x);
    save([y]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => activationGradient(dy, saved as tf.Tensor, activation); // as: saved above
    return { value: y, gradFunc };
  })(x);
}

/**
 * dy · f′, from an activation's output.
 *
 * @param dy  gradient by the output y. Borrowed, as y is.
 * @returns   gradient by the input. Owned by the caller.
 */
export function activationGradient(dy: tf.Tensor, y: tf.Tensor, activation: Activation): tf.Tensor {
  const kernels: { readonly [Name in Activation]?: string } = ACTIVATION_GRADIENT_KERNELS;
  const kernelName = kernels[activation];
  if (kernelName && tf.getKernel(kernelName, tf.getBackend())) return tf.engine().runKernel(kernelName, { dy, y });
  return tf.tidy(() => tf.mul(dy, FORMULAS[activation].slope(y)));
}

/** dy/dx of an activation where its output is y: what a diagnosis calls saturated or dead is read from it. Owned by the caller. */
export function activationSlope(y: tf.Tensor, activation: Activation): tf.Tensor {
  return tf.tidy(() => FORMULAS[activation].slope(y));
}

/**
 * PReLU with a slope a channel, and the gradients of both.
 *
 * @param x      [..., channels]. Borrowed.
 * @param slope  [channels]. Borrowed.
 * @returns      like x. Owned by the caller.
 */
export function prelu(x: tf.Tensor, slope: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc; // as: tfjs passes it last
    save([x, slope]);
    const value = tf.add(tf.relu(x), tf.mul(tf.minimum(x, 0), slope));
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [input, factor] = saved as [tf.Tensor, tf.Tensor]; // as: saved above
      const below = tf.minimum(input, 0);
      const open = tf.where(tf.greater(input, 0), tf.onesLike(input), tf.mul(tf.onesLike(input), factor));
      const others = input.shape.map((_, axis) => axis).slice(0, -1);
      return [tf.mul(dy, open), tf.sum(tf.mul(dy, below), others)];
    };
    return { value, gradFunc };
  })(x, slope);
}
