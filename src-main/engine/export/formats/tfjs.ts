import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { ModelInput, Target } from '../target.ts';
import { toTfjsLayers } from './tfjs-layers.ts';

const INPUT: ModelInput = { layout: 'NHWC', dtype: 'float32' };

export const tfjs: Target = {
  input: INPUT,
  write: (classifier) => {
    const { labels, backbone, licence, network } = classifier;
    const preprocessing = preprocessingOf(classifier, INPUT);
    return toTfjsLayers(network, { labels, preprocessing, backbone, backboneLicence: licence });
  },
  reopen,
  words: {
    title: 'Image classifier (TensorFlow.js)',
    runtime: 'TensorFlow.js',
    metadata: '`model.getUserDefinedMetadata()` gives the class names (`labels`) and the rule (`preprocessing`).',
    howTo: [
      '```',
      'npm install @tensorflow/tfjs@4 @tensorflow/tfjs-backend-wasm@4 sharp',
      'node example.mjs photo.jpg',
      '```',
      '',
      'example.html does the same in a browser; its first lines say how to serve it.',
    ].join('\n'),
  },
  samples: ['example.mjs', 'example.html'],
};

async function reopen(folder: string, { imageSize, labels }: Classifier): Promise<Runner> {
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
