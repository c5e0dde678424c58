/**
 * A convolution with its bias and activation while it learns: one fused kernel forward, one gradient written by hand.
 *
 * Context: under a gradient tfjs takes fused operations apart, and the gradient of ReLU6 alone costs 13 passes over the
 * activations, which all wait in memory for the backward pass. Choice: the mask comes from the output (a ReLU is open
 * where its output lies strictly between its bounds), in one kernel where the backend has it (engine/compute), and only
 * three tensors are kept for the gradient. Cost: these layers have no second derivative, and none by a constant input.
 */
import * as tf from '@tensorflow/tfjs-core';
import { activationGradient } from './activations.ts';
import type { Conv2dNode, DepthwiseConv2dNode } from './network.ts';
import type { FusableActivation } from './fused-activation.ts';

export interface LayerInputs {
  /** [batch, height, width, channels]. Borrowed. */
  readonly x: tf.Tensor4D;
  /** Kernel and bias as the node has them. Borrowed. */
  readonly kernel: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/**
 * Runs a layer so that `tf.variableGrads` finds the gradient of its weights.
 *
 * @param activation        what follows the bias; null: nothing.
 * @param hasInputGradient  whether anything that learns lies before it; false saves that gradient.
 * @returns                 the activation's output, [batch, height, width, channels]. Owned by the caller.
 */
export function learningConvolution(
  node: Conv2dNode | DepthwiseConv2dNode,
  { x, kernel, bias }: LayerInputs,
  activation: FusableActivation | null,
  hasInputGradient: boolean,
): tf.Tensor4D {
  const { forward, inputGradient, kernelGradient } = operationsOf(node, kernel.shape);
  const layer = (save: tf.GradSaveFunc) => {
    const y = forward(x, kernel, bias, activation);
    save([x, kernel, y]);
    const gradFunc = (dy: tf.Tensor4D, saved: tf.Tensor[]) => {
      const [input, weights, output] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D]; // as saved above
      const dz = activation === null ? dy : (activationGradient(dy, output, activation) as tf.Tensor4D); // as: like dy
      const ofWeights = [kernelGradient(input, dz, weights.shape), tf.sum(matrix(dz), 0)];
      return hasInputGradient ? [inputGradient(dz, weights, input.shape), ...ofWeights] : ofWeights;
    };
    return { value: y, gradFunc };
  };
  const operation = tf.customGrad((...args) => layer(args.at(-1) as tf.GradSaveFunc)); // as: tfjs passes it last
  return (hasInputGradient ? operation(x, kernel, bias) : operation(kernel, bias)) as tf.Tensor4D; // as: y is
}

type Attributes = Record<string, string | number | boolean | number[]>;
type Shape4D = [number, number, number, number];

interface Operations {
  forward(x: tf.Tensor4D, kernel: tf.Tensor4D, bias: tf.Tensor1D, activation: FusableActivation | null): tf.Tensor4D;
  inputGradient(dz: tf.Tensor4D, kernel: tf.Tensor4D, shape: Shape4D): tf.Tensor4D;
  kernelGradient(x: tf.Tensor4D, dz: tf.Tensor4D, shape: Shape4D): tf.Tensor4D;
}

function operationsOf({ op, stride }: Conv2dNode | DepthwiseConv2dNode, [rows, columns]: Shape4D): Operations {
  const attributes = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  if (op === 'depthwiseConv2d') {
    return {
      forward: (x, filter, bias, activation) =>
        kernel(tf.FusedDepthwiseConv2D, { x, filter, bias }, { ...attributes, activation: activation ?? 'linear' }),
      inputGradient: (dy, filter, inputShape) =>
        kernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...attributes, inputShape }),
      kernelGradient: (x, dy, filterShape) =>
        kernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attributes, filterShape }),
    };
  }
  if (rows === 1 && columns === 1 && stride === 1) return POINTWISE;
  return {
    forward: (x, filter, bias, activation) =>
      kernel(tf.FusedConv2D, { x, filter, bias }, { ...attributes, activation: activation ?? 'linear' }),
    inputGradient: (dy, filter, inputShape) =>
      kernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attributes, inputShape }),
    kernelGradient: (x, dy, filterShape) => kernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape }),
  };
}

/** One product of matrices, pixels × channels. */
const POINTWISE: Operations = {
  forward(x, filter, bias, activation) {
    const attributes = { transposeA: false, transposeB: false, activation: activation ?? 'linear' };
    const inputs = { a: tf.expandDims(matrix(x)), b: tf.expandDims(matrix(filter)), bias }; // the kernel takes stacks
    const [batch, height, width] = x.shape;
    return tf.reshape(kernel(tf._FusedMatMul, inputs, attributes), [batch, height, width, filter.shape[3]]);
  },
  inputGradient: (dz, filter, shape) => tf.reshape(tf.matMul(matrix(dz), matrix(filter), false, true), shape),
  kernelGradient: (x, dz, shape) => tf.reshape(tf.matMul(matrix(x), matrix(dz), true, false), shape),
};

/** [..., channels] as [pixels, channels]. */
function matrix(tensor: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(tensor, [-1, tensor.shape[3]]);
}

/** Runs a kernel of the backend by name. Every one used here gives one tensor of four axes. */
function kernel(name: string, inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor4D {
  return tf.engine().runKernel<tf.Tensor4D>(name, inputs, attributes);
}
