import type * as tf from '@tensorflow/tfjs-core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { ModelInput, Target } from '../target.ts';
import { toGraph } from './tensorflow/graph.ts';
import { toGraphModel } from './tensorflow/graph-model.ts';
import { withMobileNetEmbedding } from './tensorflow/mobilenet-embedding.ts';
import { readTfjsFiles, TFJS_HOW_TO, TFJS_SAMPLES, tfjsRunner } from './tfjs-files.ts';

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
    howTo: TFJS_HOW_TO,
  },
  samples: TFJS_SAMPLES,
};

async function reopen(folder: string, classifier: Classifier): Promise<Runner> {
  const model = await loadGraphModel({ load: () => readTfjsFiles(folder) });
  const predict = (pictures: tf.Tensor4D) => model.predict(pictures) as tf.Tensor; // as: one output, so no array
  return tfjsRunner(classifier, predict, () => model.dispose());
}
