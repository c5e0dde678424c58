import type * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { ModelInput, Target } from '../target.ts';
import { readTfjsFiles, TFJS_HOW_TO, TFJS_SAMPLES, tfjsRunner } from './tfjs-files.ts';
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
    howTo: TFJS_HOW_TO,
  },
  samples: TFJS_SAMPLES,
};

async function reopen(folder: string, classifier: Classifier): Promise<Runner> {
  const model = await loadLayersModel({ load: () => readTfjsFiles(folder) });
  const predict = (pictures: tf.Tensor4D) => model.predictOnBatch(pictures) as tf.Tensor; // as: one output, so no array
  return tfjsRunner(classifier, predict, () => model.dispose());
}
