import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HIDDEN_ACTIVATIONS, POOLINGS, type ExportFormat } from '../../../../src-main/contract/training.ts';
import { onnxFile } from '../../../../src-main/engine/export/formats/onnx.ts';
import { reopen } from '../../../helpers/exports.ts';
import { stockLayers } from '../../../../src-main/engine/export/formats/stock-layers.ts';
import { toGraph } from '../../../../src-main/engine/export/formats/tensorflow/graph.ts';
import { targetOf } from '../../../../src-main/engine/export/targets.ts';
import type { Classifier } from '../../../../src-main/engine/network/classifier.ts';
import { settle } from '../../../../src-main/engine/network/settle.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { calibrateOn } from '../../../helpers/calibrate.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { smallClassifier } from '../../../helpers/classifiers.ts';
import { randomPixels, relativeError } from '../../../helpers/random-network.ts';
import { anySettings, networkOf, type RandomSettings } from '../../../helpers/random-settings.ts';

let folder: string;

beforeAll(async () => {
  await loadTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const classifierOf = (settings: RandomSettings): Classifier =>
  smallClassifier({ network: settle(networkOf(settings)), imageSize: settings.scratch.imageSize });

/** What an exported file answers on three pictures, and what the app does. */
async function answers(format: ExportFormat, classifier: Classifier) {
  const { network, imageSize: size } = classifier;
  const pixels = randomPixels(11, 3 * size * size * 3);
  for (const { name, content } of await (await targetOf(format)).write(classifier, calibrateOn(classifier, pixels))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const exported = await reopen(format, folder, classifier);
  const got = await exported.run(pixels, 3);
  await exported.dispose();
  const ours = tf.tidy(() => forward(network, tf.tensor4d(pixels, [3, size, size, 3], 'int32')).dataSync());
  return { got, ours };
}

test.for([
  'onnx',
  'onnx-any-size',
  'onnx-nhwc',
  'saved-model',
  'saved-model-any-size',
  'teachable-machine',
  'tfjs',
  'tfjs-graph',
  'tflite',
] as const)('%s holds whatever the settings make, and answers as our forward pass', async (format, { skip }) => {
  if (format.startsWith('saved-model') && tf.getBackend() !== 'tensorflow') return skip('TensorFlow does not run here');
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anySettings, async (settings) => {
      const { got, ours } = await answers(format, classifierOf(settings));
      expect(relativeError(got, ours)).toBeLessThan(1e-4);
      seen.add(settings.scratch.activation).add(settings.scratch.pooling).add(`mean image: ${settings.hasMeanImage}`);
    }),
    { numRuns: 40, seed: 6 },
  );
  expect([...seen].toSorted()).toEqual(
    [...HIDDEN_ACTIVATIONS, ...POOLINGS, 'mean image: false', 'mean image: true'].toSorted(),
  );
});

test('a network that still holds what belongs to training is refused by all', () => {
  const settings = fc.sample(
    anySettings.filter(({ scratch }) => scratch.batchNorm && scratch.pooling === 'stride'),
    { numRuns: 1, seed: 1 },
  )[0]!;
  const unsettled = { ...classifierOf(settings), network: networkOf({ ...settings, hasMeanImage: false }) };
  expect(() => onnxFile(unsettled)).toThrow(/"stem_norm" \(batchNorm\) belongs to training: settle the network first/);
  expect(() => stockLayers(unsettled.network)).toThrow(/"stem_norm" \(batchNorm\) belongs to training/);
  expect(() => toGraph(unsettled.network)).toThrow(/"stem_norm" \(batchNorm\) belongs to training/);
});
