// @ts-check
/**
 * One step of upper fine-tuning, as the engine takes it: batch 32, MobileNet V1 0.75 from conv_dw_12 on, AdamW, upload of
 * the batch included, the loss read every fourth step.
 *
 * usage: node bench/tail-step.js [--tier native|everywhere] [--steps 40]     prints {"msPerStep": median, "steps": N}
 * Its counterpart is keras_tail_step.py, which has to compute the frozen part anew in each step.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const BACKBONE = 'mobilenet_v1_0.75_224';
const CUT = 'conv_dw_12';
const BATCH_SIZE = 32;
const CLASS_COUNT = 2;
const WARM_UP_STEPS = 5;
const LEARNING_RATE = 1e-4;

const root = join(import.meta.dirname, '..');

/** @param {string} name @param {string} fallback */
function option(name, fallback) {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

/** The engine's own modules: below dist, so that they find the packages. */
async function loadEngine() {
  const outfile = join(root, 'dist', 'bench', `tail-step-${process.pid}.mjs`);
  await esbuild.build({
    stdin: {
      resolveDir: join(root, 'src-main', 'engine'),
      contents: `
        export * as tf from '@tensorflow/tfjs-core';
        export { loadBackbone } from './backbones/catalogue.ts';
        export { loadEverywhere, loadNative } from './compute/tensorflow.ts';
        export { cutAt } from './network/cut.ts';
        export { withHead } from './network/head.ts';
        export { finalShape } from './network/shapes.ts';
        export { createTail } from './network/tail.ts';
        export { createRandom, gaussian } from './random.ts';
        export { softmaxCrossEntropy } from './train/loss.ts';
        export { createOptimizer } from './train/optimizers.ts';`,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outfile,
    logLevel: 'warning',
  });
  const engine = await import(pathToFileURL(outfile).href);
  await rm(outfile);
  return engine;
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted[index] ?? NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}

const steps = Number(option('--steps', '40'));
const engine = await loadEngine();
const { tf } = engine;
if (option('--tier', 'native') === 'native') engine.loadNative();
else await engine.loadEverywhere();

const { network } = await engine.loadBackbone(BACKBONE, { app: root, added: root });
const shape = engine.finalShape(engine.cutAt(network, CUT).trunk);
const [featureCount] = engine.finalShape(network);
const random = engine.createRandom(0);
const head = {
  kernel: {
    shape: [featureCount, CLASS_COUNT],
    values: Float32Array.from({ length: featureCount * CLASS_COUNT }, () => 0.01 * engine.gaussian(random)),
  },
  bias: { shape: [CLASS_COUNT], values: new Float32Array(CLASS_COUNT) },
};
const tail = engine.createTail(engine.withHead(network, head), CUT);
const optimizer = engine.createOptimizer(tail.variables, { optimizer: 'adamw', weightDecay: 0 });
// Like ReLU6 of a trained network: half of it zero.
const length = BATCH_SIZE * shape[0] * shape[1] * shape[2];
const activations = Float32Array.from({ length }, () => Math.min(6, Math.max(0, engine.gaussian(random))));
const classes = Int32Array.from({ length: BATCH_SIZE }, (_, index) => index % CLASS_COUNT);

/** @type {number[]} */
const times = [];
for (let step = -WARM_UP_STEPS; step < steps; step++) {
  const started = performance.now();
  tf.tidy(() => {
    const batch = tf.tensor(activations, [BATCH_SIZE, ...shape], 'float32');
    const labels = tf.tensor1d(classes, 'int32');
    const { value, grads } = tf.variableGrads(
      () => engine.softmaxCrossEntropy(tail.logits(batch), labels),
      [...tail.variables],
    );
    optimizer.apply(grads, LEARNING_RATE);
    if (step % 4 === 3 && !Number.isFinite(value.dataSync()[0])) throw new Error('The loss is not a number');
  });
  if (step >= 0) times.push(performance.now() - started);
}
process.stdout.write(`${JSON.stringify({ msPerStep: Number(median(times).toFixed(2)), steps })}\n`);
