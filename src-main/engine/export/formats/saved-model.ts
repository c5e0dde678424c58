import * as tf from '@tensorflow/tfjs-core';
import { notRunReasons } from '../../../contract/device-reasons.ts';
import { openSavedModel } from '../../compute/tensorflow.ts';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { labelsText } from '../labels.ts';
import type { ModelInput, NotRun, Target } from '../target.ts';
import { toGraph } from './tensorflow/graph.ts';
import { toSavedModel } from './tensorflow/saved-model.ts';
import { tfjsRunner } from './tfjs-files.ts';

const METADATA =
  'Class names are in labels.txt and `assets.extra/labels.txt`. It is for inference: weights are constants, and Keras opens it as `keras.layers.TFSMLayer(folder, call_endpoint="serving_default")`.';

export const savedModel = targetOf({ layout: 'NHWC', dtype: 'float32' }, 'Image classifier (TensorFlow SavedModel)');
export const savedModelAnySize = targetOf(
  { layout: 'NHWC', dtype: 'uint8', isAnySize: true },
  'Image classifier (TensorFlow SavedModel, pictures of any size)',
);

function targetOf(input: ModelInput, title: string): Target {
  return {
    input,
    write: ({ network, labels }) => [
      { name: 'saved_model.pb', content: toSavedModel(toGraph(network, input)) },
      { name: 'assets.extra/labels.txt', content: labelsText(labels) },
    ],
    reopen: (folder, classifier) => reopen(folder, classifier, input),
    words: {
      title,
      runtime: 'TensorFlow',
      metadata: METADATA,
      howTo: '```\npip install tensorflow pillow\npython example.py photo.jpg\n```',
    },
    samples: ['saved-model/example.py', 'common/picture.py'],
  };
}

async function reopen(folder: string, classifier: Classifier, { dtype }: ModelInput): Promise<Runner | NotRun> {
  const model = await openSavedModel(folder);
  if (model === null) return { whyNot: notRunReasons.say('tensorflow') };
  const predict = (pictures: tf.Tensor4D) => {
    const image = dtype === 'uint8' ? tf.cast(pictures, 'int32') : pictures; // the binding makes bytes of them
    const { probabilities } = model.predict({ image });
    if (probabilities === undefined) throw new Error('The SavedModel gives no "probabilities"');
    return probabilities;
  };
  return tfjsRunner(classifier, predict, () => model.dispose());
}
