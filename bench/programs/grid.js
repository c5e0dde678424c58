// @ts-check
/** A grid of learning rates × weight decays × seeds, all heads trained at once on the embeddings of ants and bees. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { loadBackbone } from '../../src-main/engine/backbones/catalogue.ts';
import { loadNative } from '../../src-main/engine/compute/tensorflow.ts';
import { scanFolder } from '../../src-main/engine/dataset/scan.ts';
import { assignSplits } from '../../src-main/engine/dataset/split.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import { runPictures } from '../../src-main/engine/features/run-pictures.ts';
import { openRunner } from '../../src-main/engine/features/runner.ts';
import { trainHeads } from '../../src-main/engine/train/train-heads.ts';
import { answer, programArguments } from './rounds.js';

const EPOCHS = 30;
const LEARNING_RATES = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
const WEIGHT_DECAYS = [0, 1e-3, 1e-2, 1e-1];
const SEEDS = [0, 1, 2, 3, 4];

const [{ backbone: id, pictures: folder, featuresFile }] = programArguments();
loadNative();
const { classes, entries } = await scanFolder(folder);
const pictures = assignSplits(entries, DEFAULT_TRAIN_CONFIG);
const features = await embeddings();
const data = {
  source: inMemory(features, [features.length / pictures.length]),
  labels: Uint32Array.from(pictures, ({ className }) => classes.indexOf(className)),
  classCount: classes.length,
  trainingRows: rowsOf('training'),
  validationRows: rowsOf('validation'),
};
const configs = LEARNING_RATES.flatMap((learningRate) =>
  WEIGHT_DECAYS.flatMap((weightDecay) =>
    // No early stopping: all 30 epochs are owed.
    SEEDS.map((seed) => ({ ...DEFAULT_TRAIN_CONFIG, learningRate, weightDecay, seed, epochs: EPOCHS, patience: 0 })),
  ),
);

const started = performance.now();
const heads = await trainHeads(data, configs);
const seconds = (performance.now() - started) / 1000;
const whole = heads.filter(({ ranEpochs, isDiverged }) => ranEpochs === EPOCHS && !isDiverged);
if (whole.length !== configs.length)
  throw new Error(`${whole.length} of ${configs.length} heads were trained to the end`);
answer({ seconds, heads: heads.length, epochs: EPOCHS });

/** Of an earlier round, or computed now. @returns {Promise<Float32Array>} */
async function embeddings() {
  if (existsSync(featuresFile)) return new Float32Array(new Uint8Array(readFileSync(featuresFile)).buffer);
  const { network, imageSize } = await loadBackbone(id);
  const files = pictures.map(({ path }) => ({ file: join(folder, path) }));
  const { outputs, unreadable } = await runPictures(files, await openRunner(network), { imageSize });
  if (unreadable.length > 0) throw new Error(`${unreadable.length} pictures of ${folder} cannot be read`);
  writeFileSync(featuresFile, outputs);
  return outputs;
}

/** @param {string} split */
function rowsOf(split) {
  return Uint32Array.from(pictures.flatMap((picture, row) => (picture.split === split ? [row] : [])));
}
