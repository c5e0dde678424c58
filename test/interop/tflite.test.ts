import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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
import { targetOf } from '../../src-main/engine/export/targets.ts';
import { readPixels } from '../../src-main/engine/features/pixels.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';
import type { Network, Parameter } from '../../src-main/engine/network/network.ts';
import { settle } from '../../src-main/engine/network/settle.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { calibrateOn } from '../helpers/calibrate.ts';
import { backboneClassifier, smallClassifier } from '../helpers/classifiers.ts';
import { installedBackbones } from '../helpers/cli.ts';
import { formatsPython } from '../helpers/python.ts';
import { randomPixels } from '../helpers/random-network.ts';
import { networkOf } from '../helpers/random-settings.ts';
import { shared } from '../helpers/shared.ts';

const python = await formatsPython();
const backbones = await installedBackbones();
const photographs = shared('data/hymenoptera/val/ants');
const HOSTILE_LABELS = ['a, "b"', "it's\n\\new\t{}", '고양이 🐝\u2028\u0007'];

const FORMATS = ['tflite', 'tflite-f16', 'tflite-int8', 'tflite-uint8'] as const;
type Format = (typeof FORMATS)[number];

/** Largest differences of a probability: rounding of floats, of half floats, and of 8 bits with a random head, which amplifies. */
const TOLERANCE: Readonly<Record<Format, number>> = {
  tflite: 1e-5,
  'tflite-f16': 0.01,
  'tflite-int8': 0.1,
  'tflite-uint8': 0.1,
};

const ALL_KERNELS = ['xnnpack', 'builtin', 'reference'];
/** The reference kernels have no ELU, of which SELU is made; on whole backbones they take minutes. */
const FAST_KERNELS = ['xnnpack', 'builtin'];

interface Found {
  readonly input: unknown;
  readonly output: unknown;
  readonly signatures: unknown;
  readonly constants: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly probabilities: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly mediapipe: readonly (readonly [index: number, name: string, score: number])[];
}

describe.skipIf(python === null)('LiteRT and MediaPipe for Python', () => {
  let folder: string;
  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Writes a classifier, calibrated on the pixels, and runs it on them. */
  async function check(
    format: Format,
    classifier: Classifier,
    pixels: Uint8Array,
    kernels: readonly string[] = ALL_KERNELS,
  ): Promise<Found> {
    const { imageSize: size } = classifier;
    const files = await (await targetOf(format)).write(classifier, calibrateOn(classifier, pixels));
    for (const { name, content } of files) await writeFile(join(folder, name), content);
    await writeFile(join(folder, 'pixels.bin'), pixels);
    const program = join(import.meta.dirname, 'check_tflite.py');
    const shape = [pixels.length / (size * size * 3), size, size, 3].join();
    const env = { ...process.env, PYTHONIOENCODING: 'utf-8', GLOG_minloglevel: '3' };
    const given = [program, join(folder, 'model.tflite'), join(folder, 'pixels.bin'), shape, kernels.join()];
    const output = execFileSync(python!, given, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
    return JSON.parse(output) as Found;
  }

  function ours({ network, imageSize: size }: Classifier, pixels: Uint8Array): number[] {
    return tf.tidy(() => [
      ...forward(network, tf.tensor4d(pixels, [pixels.length / (size * size * 3), size, size, 3], 'int32')).dataSync(),
    ]);
  }

  /** With its last layer so scaled that logits reach 2: random weights give probabilities of 0 and 1, which show no error. */
  function softened(network: Network, pixels: Uint8Array): Network {
    const last = network.nodes.findLast((node) => node.op === 'dense')!;
    const factor = tf.tidy(() => {
      const logits = forward(network, tf.tensor4d(pixels, [3, 17, 17, 3], 'int32'), { until: last.name });
      return 2 / tf.max(tf.abs(logits)).dataSync()[0]!;
    });
    const scale = ({ shape, values }: Parameter) => ({ shape, values: values.map((value) => value * factor) });
    const soft = { ...last, kernel: scale(last.kernel), bias: scale(last.bias) };
    return { nodes: network.nodes.map((node) => (node === last ? soft : node)) };
  }

  /** Largest difference in each kind of kernels. */
  function differences({ probabilities }: Found, expected: readonly number[]): number[] {
    return Object.values(probabilities).map((rows) => {
      const values = rows.flat();
      expect(values).toHaveLength(expected.length);
      return Math.max(...values.map((value, index) => Math.abs(value - expected[index]!)));
    });
  }

  test.each(FORMATS)(
    'every kind of node as %s answers as our forward pass, in all kernels and in MediaPipe',
    async (format) => {
      const classifier = smallClassifier({ labels: HOSTILE_LABELS });
      const pixels = randomPixels(3, 5 * 33 * 33 * 3);
      const found = await check(format, classifier, pixels);
      const type = format === 'tflite-uint8' ? 'uint8' : 'float32';
      expect(found).toMatchObject({
        input: { name: 'image', shape: [-1, 33, 33, 3], type },
        output: { name: 'probabilities', shape: [-1, 3], type },
        signatures: { serving_default: { inputs: ['image'], outputs: ['probabilities'] } },
      });
      const stored = { tflite: ['float32'], 'tflite-f16': ['float16', 'float32'] } as Partial<Record<Format, string[]>>;
      expect(found.constants).toEqual(stored[format] ?? ['int8']);
      expect(Object.keys(found.files)).toEqual(['labels.txt', 'preprocessing.json']);
      expect(JSON.parse(found.files['preprocessing.json']!)).toMatchObject({ labels: HOSTILE_LABELS, dtype: type });
      for (const difference of differences(found, ours(classifier, pixels)))
        expect(difference).toBeLessThan(TOLERANCE[format]);
      // MediaPipe takes names and normalisation from the file, and reads uint8 as shares of 255.
      const largest = format === 'tflite-uint8' ? 255 / 256 : 1;
      const names = ['a, "b"', "it's \\new {}", '고양이 🐝  '];
      expect(found.mediapipe.map(([index, name]) => [index, name])).toEqual(names.map((name, index) => [index, name]));
      found.mediapipe.forEach(([index, , score]) =>
        expect(score * largest).toBeCloseTo(found.probabilities['xnnpack']![0]![index]!, 2),
      );
    },
  );

  const SCRATCH = HIDDEN_ACTIVATIONS.flatMap((activation) =>
    (['tflite', 'tflite-int8'] as const).map((format) => ({ activation, format })),
  );
  test.each(SCRATCH)(
    'all kernels take a network from scratch of $activation as $format',
    async ({ activation, format }) => {
      const index = HIDDEN_ACTIVATIONS.indexOf(activation);
      const settings = {
        scratch: { ...DEFAULT_SCRATCH_SETTINGS, imageSize: 17, width: 3, activation, pooling: POOLINGS[index % 3]! },
        head: { ...DEFAULT_HEAD_SETTINGS, hidden: [5], activation },
        hasMeanImage: index % 2 === 0,
        seed: 2,
      };
      const pixels = randomPixels(5, 3 * 17 * 17 * 3);
      const classifier = smallClassifier({ network: softened(settle(networkOf(settings)), pixels), imageSize: 17 });
      const kernels = activation === 'elu' || activation === 'selu' ? FAST_KERNELS : ALL_KERNELS;
      const found = await check(format, classifier, pixels, kernels);
      for (const difference of differences(found, ours(classifier, pixels)))
        expect(difference).toBeLessThan(TOLERANCE[format]);
    },
  );

  const WHOLE = backbones.flatMap((id) => (['tflite', 'tflite-uint8'] as const).map((format) => ({ id, format })));
  test.for(WHOLE)('$id as $format answers on photographs as our forward pass', async ({ id, format }, { skip }) => {
    if (photographs === null) return skip();
    const classifier = await backboneClassifier(id, ['ant', 'bee', 'wasp'], 0.03);
    const { imageSize } = classifier;
    const files = (await readdir(photographs)).slice(0, 3).map((file) => ({ file: join(photographs, file) }));
    const pixels = new Uint8Array(files.length * imageSize * imageSize * 3);
    for await (const { index, decoded } of readPixels(files, { sizePx: imageSize }))
      if (decoded.ok) pixels.set(decoded.pixels, index * imageSize * imageSize * 3);
    const found = await check(format, classifier, pixels, FAST_KERNELS);
    for (const difference of differences(found, ours(classifier, pixels)))
      expect(difference).toBeLessThan(TOLERANCE[format]);
  });
});
