// @ts-check
/** The frozen trunk in our runner and in tfjs-node's LayersModel: the same weights, batches of 32, nothing decoded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, model as layersModel } from '@tensorflow/tfjs-layers';
import { loadBackbone } from '../../src-main/engine/backbones/catalogue.ts';
import { loadNative } from '../../src-main/engine/compute/tensorflow.ts';
import { openRunner } from '../../src-main/engine/features/runner.ts';
import { alternate, answer, noise, programArguments } from './rounds.js';

const BATCH_SIZE = 32;

/** Largest difference between the two embeddings: another network would differ by more than 0.1. */
const TOLERANCE = 1e-3;

const [{ backbone: id, weights, batches, repeats }] = programArguments();
loadNative();
const { network, imageSize, featureCount } = await loadBackbone(id);
const runner = await openRunner(network);
const pixels = noise(BATCH_SIZE, imageSize);

const published = await loadLayersModel(tf.io.fromMemory(readModel(weights)));
const embedding = published.getLayer('global_average_pooling2d_1').output;
const truncated = layersModel({ inputs: published.inputs, outputs: /** @type {any} */ (embedding) }); // any: one output
const input = tf.tidy(() => {
  const image = tf.tensor4d(Float32Array.from(pixels), [BATCH_SIZE, imageSize, imageSize, 3]);
  return tf.sub(tf.div(image, 127.5), 1); // ready, so that scaling costs LayersModel nothing
});
const predict = async () => {
  const output = /** @type {tf.Tensor} */ (truncated.predict(input, { batchSize: BATCH_SIZE }));
  const values = await output.data();
  output.dispose();
  return values;
};

const theirs = await predict();
const ours = await runner.run(pixels, BATCH_SIZE);
const difference = ours.reduce((most, value, index) => Math.max(most, Math.abs(value - (theirs[index] ?? NaN))), 0);
if (ours.length !== BATCH_SIZE * featureCount || !(difference < TOLERANCE))
  throw new Error(`The two trunks give embeddings that differ by ${difference}`);

const times = (/** @type {() => Promise<unknown>} */ work) => async () => {
  for (let batch = 0; batch < batches; batch++) await work();
};
const rounds = await alternate(repeats, {
  ours: times(() => runner.run(pixels, BATCH_SIZE)),
  layersModel: times(predict),
});
const pictures = BATCH_SIZE * batches;
answer(rounds.map(({ ours = NaN, layersModel = NaN }) => ({ ours: pictures / ours, peer: pictures / layersModel })));

/** @param {string} folder @returns {tf.io.ModelArtifacts} */
function readModel(folder) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  /** @type {{ paths: string[], weights: tf.io.WeightsManifestEntry[] }[]} */
  const groups = weightsManifest;
  const bytes = Buffer.concat(groups.flatMap(({ paths }) => paths.map((path) => readFileSync(join(folder, path)))));
  const weightData = new Uint8Array(bytes).buffer; // a copy of its own: Buffers share
  return { modelTopology, weightSpecs: groups.flatMap((group) => group.weights), weightData };
}
