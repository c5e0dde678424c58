import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';

/** One sample reads models of both kinds. */
export const TFJS_SAMPLES: readonly string[] = [
  'tfjs/example.mjs',
  'tfjs/example.html',
  'common/picture.mjs',
  'common/browser-picture.js',
  'common/browser-page.js',
];
export const TFJS_HOW_TO = [
  '```',
  'npm install @tensorflow/tfjs@4 @tensorflow/tfjs-backend-wasm@4 sharp',
  'node example.mjs photo.jpg',
  '```',
  '',
  'example.html does the same in a browser; its first lines say how to serve it.',
].join('\n');

const modelFile = z.object({
  format: z.string(),
  modelTopology: z.looseObject({}),
  signature: z.looseObject({}).optional(),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()), dtype: z.enum(['float32', 'int32']) })),
    }),
  ),
});

/** What TF.js' loaders get from an address, read from disk: plain TF.js has no handler for files. */
export async function readTfjsFiles(folder: string): Promise<tf.io.ModelArtifacts> {
  const { weightsManifest, modelTopology, signature, format } = modelFile.parse(
    JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')),
  );
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  return {
    format,
    modelTopology,
    ...(signature ? { signature } : {}),
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  };
}

/**
 * A loaded TF.js model as a runner.
 *
 * @param predict  float32 [count, S, S, 3] → probabilities, float32 [count, classes]. Borrows its input.
 */
export function tfjsRunner(
  { imageSize, labels }: Classifier,
  predict: (pictures: tf.Tensor4D) => tf.Tensor,
  dispose: () => void,
): Runner {
  return {
    outputShape: [labels.length],
    outputCount: labels.length,
    async run(pixels, count) {
      const answer = tf.tidy(() => {
        const pictures = tf.tensor4d(pixels, [count, imageSize, imageSize, 3], 'int32');
        return predict(tf.cast(pictures, 'float32'));
      });
      try {
        return (await answer.data()) as Float32Array; // as: softmax gives float32
      } finally {
        answer.dispose();
      }
    },
    dispose: () => {
      dispose();
      return Promise.resolve();
    },
  };
}
