import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import type { ExportFormat } from '../../contract/training.ts';
import { openOnnx } from '../compute/onnx-runtime.ts';
import type { Runner } from '../features/runner.ts';
import type { Classifier } from '../network/classifier.ts';
import { ONNX_FILE } from './onnx.ts';

/**
 * Opens an exported model as its users will: from the files, in the format's own runtime. TF.js runs on the tfjs backend
 * that is set, which the caller has loaded.
 *
 * @param folder  where the files of the format lie.
 */
export function reopen(format: ExportFormat, folder: string, classifier: Classifier): Promise<Runner> {
  return format === 'onnx' ? reopenOnnx(folder, classifier) : reopenTfjs(folder, classifier);
}

async function reopenOnnx(folder: string, { imageSize, labels }: Classifier): Promise<Runner> {
  const session = await openOnnx(join(folder, ONNX_FILE));
  return {
    outputShape: [labels.length],
    outputCount: labels.length,
    run: (pixels, count) => session.run(toPlanes(pixels, count), [count, 3, imageSize, imageSize]),
    dispose: () => session.dispose(),
  };
}

async function reopenTfjs(folder: string, { imageSize, labels }: Classifier): Promise<Runner> {
  const model = await loadLayersModel({ load: () => readTfjsFiles(folder) });
  return {
    outputShape: [labels.length],
    outputCount: labels.length,
    async run(pixels, count) {
      const answer = tf.tidy(() => {
        const pictures = tf.tensor4d(pixels, [count, imageSize, imageSize, 3], 'int32');
        return model.predictOnBatch(tf.cast(pictures, 'float32')) as tf.Tensor; // as: one output, so no array
      });
      try {
        return (await answer.data()) as Float32Array; // as: softmax gives float32
      } finally {
        answer.dispose();
      }
    },
    dispose: () => {
      model.dispose();
      return Promise.resolve();
    },
  };
}

const modelFile = z.object({
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()), dtype: z.literal('float32') })),
    }),
  ),
});

/** What `tf.loadLayersModel` gets from an address, read from disk: plain TF.js has no handler for files. */
async function readTfjsFiles(folder: string): Promise<tf.io.ModelArtifacts> {
  const { weightsManifest, modelTopology } = modelFile.parse(
    JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')),
  );
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  return {
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  };
}

/** uint8 [count, S, S, 3] → float32 [count, 3, S, S]. */
function toPlanes(pixels: Uint8Array, count: number): Float32Array {
  const planes = new Float32Array(pixels.length);
  const area = pixels.length / count / 3;
  for (let picture = 0, source = 0; picture < count; picture++) {
    const start = picture * area * 3;
    for (let pixel = 0; pixel < area; pixel++)
      for (let channel = 0; channel < 3; channel++) planes[start + channel * area + pixel] = pixels[source++] ?? 0;
  }
  return planes;
}
