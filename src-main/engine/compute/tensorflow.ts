import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { registerNativeKernels } from './native-kernels.ts';
import { registerWasmKernels } from './wasm/kernels.ts';

const require = createRequire(import.meta.url);

/** The part of tfjs-node's backend that is read here. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

const WASM_TITLE = `TensorFlow.js ${tf.version_core} (WebAssembly)`;

/** What trains, once it is loaded. */
export interface Tail {
  readonly kind: 'native-gpu' | 'native-cpu' | 'everywhere';
  /** For people, e.g. "TensorFlow 2.21.0 (CPU)". */
  readonly title: string;
}

/**
 * Loads TensorFlow's native binding as the tfjs backend of this process.
 *
 * A broken driver can crash the process: try it in a child first (`tiers.ts`).
 * @throws whatever the loader says, where the binding is missing or does not fit.
 */
export function loadNative(): Tail {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // TensorFlow greets on stderr otherwise
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'; // or it takes all memory of the card at once
  shimForNewNode();
  require('@tensorflow/tfjs-node-gpu');
  registerNativeKernels();
  return describeNative();
}

function describeNative(): Tail {
  const backend = tf.backend() as unknown as NativeBackend; // as: tfjs-node's class is not exported
  const device = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  return {
    kind: backend.isUsingGpuDevice ? 'native-gpu' : 'native-cpu',
    title: `TensorFlow ${backend.binding.TF_Version} (${device})`,
  };
}

/** The tfjs backend that is set in this process; null before any is. */
export function currentTail(): Tail | null {
  switch (tf.getBackend()) {
    case 'tensorflow':
      return describeNative();
    case 'wasm':
      return { kind: 'everywhere', title: WASM_TITLE };
    default:
      return null;
  }
}

/**
 * Loads the WebAssembly backend, which is there wherever npm is, with our own kernels so that it can train.
 *
 * @throws Error if it does not start or computes wrongly.
 */
export async function loadEverywhere(): Promise<Tail> {
  require('@tensorflow/tfjs'); // registers the gradients, which tfjs-core's own build for Node leaves out
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), sep));
  registerWasmKernels();
  if (!(await tf.setBackend('wasm'))) throw new Error('The WebAssembly backend of TensorFlow.js does not start');
  selfTest();
  return { kind: 'everywhere', title: WASM_TITLE };
}

/** The part of tfjs-node's SavedModel that is used here. */
interface OpenSavedModel {
  predict(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
  dispose(): void;
}

/**
 * Opens a SavedModel in TensorFlow itself; null where the tfjs backend that is set is not TensorFlow's.
 *
 * @param folder  that holds `saved_model.pb`.
 * @throws whatever TensorFlow says of a file that it cannot open.
 */
export async function openSavedModel(folder: string): Promise<OpenSavedModel | null> {
  if (tf.getBackend() !== 'tensorflow') return null;
  const { node } = require('@tensorflow/tfjs-node-gpu') as { node: SavedModels }; // as: it is loaded without its typings
  return node.loadSavedModel(folder, ['serve'], 'serving_default');
}

interface SavedModels {
  loadSavedModel(folder: string, tags: readonly string[], signature: string): Promise<OpenSavedModel>;
}

/** tfjs-node 4.22 calls two helpers that Node 23 removed; the fix was merged but never released (tensorflow/tfjs#8425). */
function shimForNewNode(): void {
  const legacy = util as unknown as Record<string, unknown>; // as: these members are gone from the typings
  legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  legacy['isArray'] ??= Array.isArray;
}

/**
 * One convolution forward and backward against a hand computation, so that a backend that loads but answers wrongly is caught.
 *
 * A 2×2 kernel of ones over the picture [[1, 2], [3, 4]] gives 10; the gradient of that sum by the kernel is the picture.
 * @throws Error that says what came instead.
 */
export function selfTest(): void {
  const [sum, gradient] = tf.tidy(() => {
    const picture = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const convolve = (kernel: tf.Tensor) => tf.sum(tf.conv2d(picture, kernel as tf.Tensor4D, 1, 'valid')); // as: grad() loses the rank
    const ones = tf.ones([2, 2, 1, 1]);
    return [[...convolve(ones).dataSync()], [...tf.grad(convolve)(ones).dataSync()]];
  });
  const got = JSON.stringify([sum, gradient]);
  if (got !== '[[10],[1,2,3,4]]')
    throw new Error(`The backend computes wrongly: expected [[10],[1,2,3,4]], got ${got}`);
}
