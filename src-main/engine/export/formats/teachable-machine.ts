import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import type { Network, NetworkNode } from '../../network/network.ts';
import type { ExportFile } from '../export-file.ts';
import type { ModelInput, Target } from '../target.ts';
import { readTfjsFiles, tfjsRunner } from './tfjs-files.ts';
import { toTfjsLayers } from './tfjs-layers.ts';

const INPUT: ModelInput = { layout: 'NHWC', dtype: 'float32' };

/** Pixels become `pixel / 127 − 1` in Teachable Machine's library, before the model. */
const LIBRARY_DIVISOR = 127;

/** A folder as Teachable Machine's download: `tmImage.load('model.json', 'metadata.json')` of @teachablemachine/image reads it. */
export const teachableMachine: Target = {
  input: INPUT,
  write: (classifier) => {
    const { labels, imageSize, network } = classifier;
    const metadata = {
      tfjsVersion: '1.3.1',
      tmVersion: '2.4.10',
      packageVersion: '0.8.5',
      packageName: '@teachablemachine/image',
      timeStamp: '1970-01-01T00:00:00.000Z', // the same model gives the same bytes
      userMetadata: {},
      modelName: 'fovea',
      labels,
      imageSize,
    };
    return [
      ...toTfjsLayers(forLibraryPixels(network), {}).map(renameWeights),
      { name: 'metadata.json', content: `${JSON.stringify(metadata)}\n` },
    ];
  },
  reopen,
  words: {
    title: 'Image classifier (Teachable Machine)',
    runtime: 'TensorFlow.js',
    metadata:
      'metadata.json gives the class names to the library. The library itself makes -1 … 1 of the pixels, cuts the square, and scales it as the browser does, which moves probabilities a little.',
    howTo:
      "Put the folder where Teachable Machine's snippets expect a downloaded model; example.html does so. Its first lines say how to serve it.",
  },
  samples: ['teachable-machine/example.html', 'common/browser-page.js'],
};

/** The same network for pixels that the library has made; with layers alone that the TF.js of its time has. */
function forLibraryPixels({ nodes: [input, ...others] }: Network): Network {
  if (input?.op !== 'input') throw new Error('A network starts with its input');
  const { shape, mean, scale, name } = input;
  const channels = shape[2];
  const libraryPixels: NetworkNode = { op: 'input', name: `${name}_scaled`, inputs: [], shape, mean: 0, scale: 1 };
  // A convolution of one pixel, not an offset in the next layer's bias: what is padded after it must be zero.
  const normalised: NetworkNode = {
    op: 'depthwiseConv2d',
    name,
    inputs: [libraryPixels.name],
    stride: 1,
    kernel: { shape: [1, 1, channels, 1], values: new Float32Array(channels).fill(LIBRARY_DIVISOR * scale) },
    bias: { shape: [channels], values: new Float32Array(channels).fill((LIBRARY_DIVISOR - mean) * scale) },
  };
  return { nodes: [libraryPixels, normalised, ...others] };
}

/** Weights of one shard bear the name that Teachable Machine gives them, and that people upload. */
function renameWeights({ name, content }: ExportFile): ExportFile {
  if (name === 'group1-shard1of1.bin') return { name: 'weights.bin', content };
  if (name !== 'model.json') return { name, content };
  return { name, content: String(content).replace('"group1-shard1of1.bin"', '"weights.bin"') };
}

async function reopen(folder: string, classifier: Classifier): Promise<Runner> {
  const model = await loadLayersModel({ load: () => readTfjsFiles(folder) });
  const predict = (pictures: tf.Tensor4D) =>
    model.predictOnBatch(tf.sub(tf.div(pictures, LIBRARY_DIVISOR), 1)) as tf.Tensor; // as: one output
  return tfjsRunner(classifier, predict, () => model.dispose());
}
