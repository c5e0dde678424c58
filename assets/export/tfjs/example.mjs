/**
 * Classifies pictures with model.json as Fovea does, in Node. One line of JSON a picture.
 *
 *   npm install @tensorflow/tfjs@4 @tensorflow/tfjs-backend-wasm@4 sharp
 *   node example.mjs photo.jpg another.png
 *
 * Class names and picture size are read from the model itself; picture.mjs makes its input.
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm'; // plain JavaScript would take seconds a picture
import { loadPicture } from './picture.mjs';

/** In a browser an address is enough, 'model.json'; in Node, TensorFlow.js does not open files by itself. */
async function loadModel() {
  const read = (name) => readFile(new URL(name, import.meta.url));
  const { format, weightsManifest, userDefinedMetadata, ...parts } = JSON.parse(await read('model.json'));
  const shards = await Promise.all(weightsManifest.flatMap(({ paths }) => paths).map(read));
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
  const files = tf.io.fromMemory({ ...parts, weightSpecs, weightData });
  const model = await (format === 'graph-model' ? tf.loadGraphModel(files) : tf.loadLayersModel(files));
  return { model, labels: userDefinedMetadata.labels };
}

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('Give the files to classify: node example.mjs photo.jpg\n');
  process.exit(1);
}
await tf.setBackend('wasm');
const { model, labels } = await loadModel();
const [, size] = model.inputs[0].shape;
for (const file of files) {
  const pixels = await loadPicture(file, size);
  const answer = tf.tidy(() => model.predict(tf.tensor4d(pixels, [1, size, size, 3], 'float32')));
  const probabilities = [...(await answer.data())];
  answer.dispose();
  const best = probabilities.indexOf(Math.max(...probabilities));
  const byLabel = Object.fromEntries(labels.map((label, index) => [label, probabilities[index]]));
  const line = { file, label: labels[best], probability: probabilities[best], probabilities: byLabel };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
