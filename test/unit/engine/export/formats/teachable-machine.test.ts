import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { targetOf } from '../../../../../src-main/engine/export/targets.ts';
import { forward } from '../../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../../helpers/backend.ts';
import { smallClassifier } from '../../../../helpers/classifiers.ts';
import { reopen } from '../../../../helpers/exports.ts';
import { randomPixels, relativeError } from '../../../../helpers/random-network.ts';

beforeAll(loadTestBackend);

test("takes the library's pixels, whatever mean and scale the network has, and names its files as the library does", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const classifier = smallClassifier(); // mean 127, scale 1/60
  const target = await targetOf('teachable-machine');
  const files = await target.write(classifier, { calibrate: () => Promise.reject(new Error('Nothing is calibrated')) });
  expect(files.map(({ name }) => name).toSorted()).toEqual(['metadata.json', 'model.json', 'weights.bin']);
  await Promise.all(files.map(({ name, content }) => writeFile(join(folder, name), content)));
  const metadata = JSON.parse(String(files.find(({ name }) => name === 'metadata.json')?.content)) as object;
  expect(metadata).toMatchObject({ labels: classifier.labels, imageSize: 33 });

  const pixels = randomPixels(4, 3 * 33 * 33 * 3);
  const exported = await reopen('teachable-machine', folder, classifier); // divides by 127 and takes 1 away first
  const ours = tf.tidy(() => forward(classifier.network, tf.tensor4d(pixels, [3, 33, 33, 3], 'int32')).dataSync());
  expect(relativeError(await exported.run(pixels, 3), ours)).toBeLessThan(1e-5);
  await exported.dispose();
});
