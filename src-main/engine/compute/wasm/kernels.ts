/**
 * Makes @tensorflow/tfjs-backend-wasm 4.22 able to train.
 *
 * Context: the package runs networks, but lacks three gradients of convolutions, and computes some operations that
 * training needs by plain loops. Choice: add them as compositions of its own fast kernels, in ordinary tfjs ops, so that
 * `tf.variableGrads` works unchanged. Cost: limits, each refused with a message (see `geometryOf`).
 *
 * One step on MobileNet V1 0.75 from conv_dw_12 on, 32 pictures: 310 ms, instead of 2,330 with the missing kernels alone;
 * TensorFlow itself needs 80. Not replaced: sums over pixels (an average pool is 20 times as fast, but a step gains 2 %).
 * Not used: the package's threads, which it switches off in Node; turning them on means editing the package, whose worker
 * scripts are Blob URLs (tensorflow/tfjs#3830).
 */
import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_GRADIENT_KERNELS } from '../../network/activations.ts';
import { relu6Gradient, reluGradient } from './activation-gradients.ts';
import { columnSum, isColumnSum } from './column-sum.ts';
import { conv2dFilterGradient, depthwiseFilterGradient } from './filter-gradients.ts';
import { gatherSlices, isSliceGather } from './gather.ts';
import { conv2dInputGradient, depthwiseInputGradient } from './input-gradients.ts';
import { isSlowProduct, matrixProduct } from './matrix-product.ts';
import { maxPoolGradient } from './max-pool-gradient.ts';
import { isSpread, spread } from './spread.ts';

const BACKEND = 'wasm';

/**
 * Adds the missing kernels to the WebAssembly backend and replaces slow ones. Doing it again changes nothing.
 * The backend's package must be loaded; it need not be initialised.
 */
export function registerWasmKernels(): void {
  provide(tf.Conv2DBackpropFilter, conv2dFilterGradient);
  provide(tf.DepthwiseConv2dNativeBackpropFilter, depthwiseFilterGradient);
  provide(tf.DepthwiseConv2dNativeBackpropInput, depthwiseInputGradient);
  provide(tf.Conv2DBackpropInput, conv2dInputGradient);
  provide(tf.BatchMatMul, matrixProduct, isSlowProduct);
  provide(tf.Tile, spread, isSpread);
  provide(tf.Sum, columnSum, isColumnSum);
  provide(tf.GatherV2, gatherSlices, isSliceGather);
  provide(tf.MaxPoolGrad, maxPoolGradient);
  provide(ACTIVATION_GRADIENT_KERNELS.relu, reluGradient);
  provide(ACTIVATION_GRADIENT_KERNELS.relu6, relu6Gradient);
}

/** Ours, so that a second registration does not wrap the first. */
const provided = new WeakSet<tf.KernelFunc>();

/**
 * Registers a kernel written in tfjs ops; inside a kernel they leave nothing on the tape.
 *
 * @param isNeeded  where it says no, the package's own kernel computes.
 */
function provide<Inputs, Attributes>(
  kernelName: string,
  compute: (inputs: Inputs, attributes: Attributes) => tf.Tensor,
  isNeeded: (inputs: Inputs, attributes: Attributes) => boolean = () => true,
): void {
  const packaged = tf.getKernel(kernelName, BACKEND);
  if (packaged && provided.has(packaged.kernelFunc)) return;
  const kernelFunc: tf.KernelFunc = (call) => {
    // as: the engine calls a kernel with the tensors and attributes that belong to its name
    const [inputs, attributes] = [call.inputs as Inputs, call.attrs as Attributes];
    if (packaged && !isNeeded(inputs, attributes)) return packaged.kernelFunc(call);
    return tf.tidy(() => compute(inputs, attributes));
  };
  provided.add(kernelFunc);
  if (packaged) tf.unregisterKernel(kernelName, BACKEND); // tfjs warns when a kernel is registered twice
  tf.registerKernel({ ...packaged, kernelName, backendName: BACKEND, kernelFunc });
}
