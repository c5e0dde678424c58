import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DEFAULT_HEAD_SETTINGS,
  DEFAULT_SCRATCH_SETTINGS,
  HIDDEN_ACTIVATIONS,
  POOLINGS,
} from '../../src-main/contract/training.ts';
import { onnxFile } from '../../src-main/engine/export/formats/onnx.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';
import { settle } from '../../src-main/engine/network/settle.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { backboneClassifier, smallClassifier } from '../helpers/classifiers.ts';
import { installedBackbones } from '../helpers/cli.ts';
import { testPython } from '../helpers/python.ts';
import { randomPixels, relativeError } from '../helpers/random-network.ts';
import { networkOf } from '../helpers/random-settings.ts';

const python = await testPython();
const backbones = await installedBackbones();
const HOSTILE_LABELS = ['a, "b"', "it's\n\\new\t{}", '고양이 🐝\u2028\u0007'];

describe.skipIf(python === null)('the ONNX reference tools for Python', () => {
  let folder: string;
  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  interface Found {
    readonly metadata: Readonly<Record<string, string>>;
    readonly probabilities: readonly (readonly number[])[];
  }

  async function check(classifier: Classifier, pixels: Uint8Array, count: number): Promise<Found> {
    const { imageSize: size } = classifier;
    const pictures = tf.tensor4d(pixels, [count, size, size, 3], 'int32');
    const planes = Float32Array.from(tf.transpose(pictures, [0, 3, 1, 2]).dataSync());
    const { name, content } = onnxFile(classifier);
    await writeFile(join(folder, name), content);
    await writeFile(join(folder, 'pixels.bin'), planes);
    const program = join(import.meta.dirname, 'check_onnx.py');
    const shape = [count, 3, size, size].join();
    const options = { encoding: 'utf8' as const, env: { ...process.env, PYTHONIOENCODING: 'utf-8' } };
    return JSON.parse(
      execFileSync(python!, [program, join(folder, name), join(folder, 'pixels.bin'), shape], options),
    ) as Found;
  }

  function ours({ network, imageSize: size }: Classifier, pixels: Uint8Array, count: number): number[] {
    return tf.tidy(() => [...forward(network, tf.tensor4d(pixels, [count, size, size, 3], 'int32')).dataSync()]);
  }

  test('onnx.checker accepts every kind of node, and ONNX Runtime answers as our forward pass', async () => {
    const classifier = smallClassifier({ labels: HOSTILE_LABELS });
    const pixels = randomPixels(3, 5 * 33 * 33 * 3);
    const found = await check(classifier, pixels, 5);
    expect(found).toEqual({
      input: { name: 'image', shape: ['batch', 3, 33, 33], type: 'tensor(float)' },
      output: { name: 'probabilities', shape: ['batch', 3], type: 'tensor(float)' },
      denotation: 'IMAGE',
      producer: 'fovea',
      opset: { '': 17 },
      metadata: expect.objectContaining({
        'Image.BitmapPixelFormat': 'Rgb8',
        'Image.ColorSpaceGamma': 'SRGB',
        'Image.NominalPixelRange': 'NominalRange_0_255',
        backbone: 'every_node',
        backbone_licence: 'Apache-2.0',
      }) as object,
      names: HOSTILE_LABELS.map((label, index) => [index, label]),
      probabilities: expect.any(Array) as number[][],
    });
    expect(JSON.parse(found.metadata['labels']!)).toEqual(HOSTILE_LABELS);
    expect(JSON.parse(found.metadata['preprocessing']!)).toMatchObject({ layout: 'NCHW', size: [33, 33] });
    expect(relativeError(found.probabilities.flat(), ours(classifier, pixels, 5))).toBeLessThan(1e-5);
  });

  test.each(HIDDEN_ACTIVATIONS)(
    'onnx.checker accepts a network from scratch of %s, which answers alike',
    async (activation) => {
      const index = HIDDEN_ACTIVATIONS.indexOf(activation);
      const settings = {
        scratch: { ...DEFAULT_SCRATCH_SETTINGS, imageSize: 17, width: 3, activation, pooling: POOLINGS[index % 3]! },
        head: { ...DEFAULT_HEAD_SETTINGS, hidden: [5], activation, dropout: 0.5, dropoutKind: 'plain' as const },
        hasMeanImage: index % 2 === 0,
        seed: 2,
      };
      const classifier = smallClassifier({ network: settle(networkOf(settings)), imageSize: 17 });
      const pixels = randomPixels(5, 3 * 17 * 17 * 3);
      const { probabilities } = await check(classifier, pixels, 3);
      expect(relativeError(probabilities.flat(), ours(classifier, pixels, 3))).toBeLessThan(1e-4);
    },
  );

  test.each(backbones)('%s answers in ONNX Runtime for Python as in our forward pass', async (id) => {
    const classifier = await backboneClassifier(id, ['ant', 'bee', 'wasp']);
    const pixels = randomPixels(4, 2 * classifier.imageSize ** 2 * 3);
    const { probabilities } = await check(classifier, pixels, 2);
    expect(relativeError(probabilities.flat(), ours(classifier, pixels, 2))).toBeLessThan(1e-4);
  });
});
