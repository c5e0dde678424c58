/**
 * Operations that TensorFlow has and tfjs-node 4.22 does not offer.
 *
 * The gradient of ReLU6, which tfjs composes of 13 passes over the activations, is one operation of TensorFlow.
 */
import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_GRADIENT_KERNELS } from '../network/activations.ts';

const BACKEND = 'tensorflow';

/** The part of tfjs-node's backend that is used here. */
interface NativeBackend {
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly tf.Tensor[]): tf.Tensor;
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
}

/** Adds the operations to the native backend, which must be loaded. Doing it again changes nothing. */
export function registerNativeKernels(): void {
  for (const kernelName of Object.values(ACTIVATION_GRADIENT_KERNELS)) {
    if (tf.getKernel(kernelName, BACKEND)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc({ inputs, backend }) {
        const { dy, y } = inputs as { dy: tf.Tensor; y: tf.Tensor }; // as: what `learningConvolution` gives
        const { executeSingleOutput, binding } = backend as NativeBackend; // as: tfjs-node's class is not exported
        const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
        return executeSingleOutput.call(backend, kernelName, [type], [dy, y]);
      },
    });
  }
}
