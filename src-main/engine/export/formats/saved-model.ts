import type * as tf from '@tensorflow/tfjs-core';
import { openSavedModel } from '../../compute/tensorflow.ts';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { labelsText } from '../labels.ts';
import type { ModelInput, NotRun, Target } from '../target.ts';
import { toGraph } from './tensorflow/graph.ts';
import { toSavedModel } from './tensorflow/saved-model.ts';
import { tfjsRunner } from './tfjs-files.ts';

const INPUT: ModelInput = { layout: 'NHWC', dtype: 'float32' };

export const savedModel: Target = {
  input: INPUT,
  write: ({ network, labels }) => [
    { name: 'saved_model.pb', content: toSavedModel(toGraph(network)) },
    { name: 'assets.extra/labels.txt', content: labelsText(labels) },
  ],
  reopen,
  words: {
    title: 'Image classifier (TensorFlow SavedModel)',
    runtime: 'TensorFlow',
    metadata:
      'Class names are in labels.txt and `assets.extra/labels.txt`. It is for inference: weights are constants, and Keras opens it as `keras.layers.TFSMLayer(folder, call_endpoint="serving_default")`.',
    howTo: '```\npip install tensorflow pillow\npython example.py photo.jpg\n```',
  },
  samples: ['saved-model/example.py', 'common/picture.py'],
};

async function reopen(folder: string, classifier: Classifier): Promise<Runner | NotRun> {
  const model = await openSavedModel(folder);
  if (model === null) return { whyNot: 'TensorFlow itself does not run on this machine.' };
  const predict = (image: tf.Tensor4D) => {
    const { probabilities } = model.predict({ image });
    if (probabilities === undefined) throw new Error('The SavedModel gives no "probabilities"');
    return probabilities;
  };
  return tfjsRunner(classifier, predict, () => model.dispose());
}
