import type * as tf from '@tensorflow/tfjs-core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { ModelInput, Target } from '../target.ts';
import { toGraph } from './tensorflow/graph.ts';
import { toGraphModel } from './tensorflow/graph-model.ts';
import { withMobileNetEmbedding } from './tensorflow/mobilenet-embedding.ts';
import { readTfjsFiles, tfjsRunner } from './tfjs-files.ts';

const INPUT: ModelInput = { layout: 'NHWC', dtype: 'float32' };

export const tfjsGraph: Target = {
  input: INPUT,
  write: (classifier) => {
    const { labels, backbone, licence, network } = classifier;
    const preprocessing = preprocessingOf(classifier, INPUT);
    const graph = withMobileNetEmbedding(toGraph(network), backbone);
    return toGraphModel(graph, { labels, preprocessing, backbone, backboneLicence: licence });
  },
  reopen,
  words: {
    title: 'Image classifier (TensorFlow.js graph model)',
    runtime: 'TensorFlow.js',
    metadata: '`model.metadata` gives the class names (`labels`) and the rule (`preprocessing`).',
    howTo: [
      '```',
      'npm install @tensorflow/tfjs@4 @tensorflow/tfjs-backend-wasm@4 sharp',
      'node example.mjs photo.jpg',
      '```',
      '',
      'example.html does the same in a browser; its first lines say how to serve it.',
    ].join('\n'),
  },
  samples: [
    'tfjs/example.mjs',
    'tfjs/example.html',
    'common/picture.mjs',
    'common/browser-picture.js',
    'common/browser-page.js',
  ],
};

async function reopen(folder: string, classifier: Classifier): Promise<Runner> {
  const model = await loadGraphModel({ load: () => readTfjsFiles(folder) });
  const predict = (pictures: tf.Tensor4D) => model.predict(pictures) as tf.Tensor; // as: one output, so no array
  return tfjsRunner(classifier, predict, () => model.dispose());
}
