import * as tf from '@tensorflow/tfjs-core';
import { findOnnxRuntime, openOnnx } from '../compute/onnx-runtime.ts';
import type { Network } from '../network/network.ts';
import { toOnnx } from '../network/onnx.ts';
import { finalShape, inferShapes } from '../network/shapes.ts';
import { forward, uploadWeights } from '../network/tfjs.ts';

/** A frozen network that is ready for pictures: a trunk (embeddings) or a whole classifier (probabilities). */
export interface Runner {
  /** Values a picture: features of an embedding, or classes. */
  readonly outputCount: number;
  /**
   * @param pixels  uint8 [count, size, size, 3], RGB. Borrowed until the promise settles.
   * @returns       float32 [count, outputCount]. The caller's.
   */
  run(pixels: Uint8Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Opens a network in ONNX Runtime, through our own writer and in memory: no file is written. Where ONNX Runtime has no
 * build for the machine, the same network runs on the tfjs backend that is set; `Backend.trunk` says which it is.
 *
 * @throws InvalidNetworkError if the network cannot run.
 */
export async function openRunner(network: Network): Promise<Runner> {
  const [inputShape = []] = inferShapes(network).values();
  const outputCount = finalShape(network).reduce((product, size) => product * size, 1);
  if ((await findOnnxRuntime()) === null) return tfjsRunner(network, inputShape, outputCount);
  const session = await openOnnx(toOnnx(network, { pixels: 'uint8-nhwc' }));
  return {
    outputCount,
    run: (pixels, count) => session.run(pixels, [count, ...inputShape]),
    dispose: () => session.dispose(),
  };
}

function tfjsRunner(network: Network, inputShape: readonly number[], outputCount: number): Runner {
  const { weights, dispose } = uploadWeights(network);
  return {
    outputCount,
    async run(pixels, count) {
      const output = tf.tidy(() => {
        const input = tf.tensor(Int32Array.from(pixels), [count, ...inputShape], 'int32'); // tfjs has no uint8
        return forward(network, input, { weights });
      });
      const values = await output.data<'float32'>();
      output.dispose();
      return values;
    },
    dispose: () => Promise.resolve(dispose()),
  };
}
