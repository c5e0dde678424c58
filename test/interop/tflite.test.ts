import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
import { toNpy } from '../helpers/npy.ts';
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

interface Case {
  readonly name: string;
  readonly format: Format;
  readonly classifier: Classifier;
  /** uint8 [count, S, S, 3] */
  readonly pixels: Uint8Array;
  readonly kernels: readonly string[];
}

describe.skipIf(python === null)('LiteRT and MediaPipe for Python', () => {
  let folder: string;
  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('all kernels of LiteRT, and MediaPipe, answer as our forward pass', async () => {
    const cases = [...everyNodeCases(), ...scratchCases(), ...(await backboneCases())];
    const found = await checkAll(cases);
    for (const [index, { name, format, classifier, pixels }] of cases.entries()) {
      const expected = ours(classifier, pixels);
      for (const [kernels, rows] of Object.entries(found[index]!.probabilities))
        expect(largestDifference(rows.flat(), expected), `${name} as ${format} in ${kernels}`).toBeLessThan(
          TOLERANCE[format],
        );
      if (classifier.labels === HOSTILE_LABELS) expectDescribed(found[index]!, format);
    }
  });

  /** Writes each case, calibrated on its own pixels, and runs them all in one process. */
  async function checkAll(cases: readonly Case[]): Promise<Found[]> {
    const orders = cases.map(({ kernels }, index) => ({ folder: join(folder, String(index)), kernels }));
    for (const [index, { format, classifier, pixels }] of cases.entries()) {
      const place = orders[index]!.folder;
      const { imageSize: size } = classifier;
      await mkdir(place);
      const files = await (await targetOf(format)).write(classifier, calibrateOn(classifier, pixels));
      for (const { name, content } of files) await writeFile(join(place, name), content);
      await writeFile(join(place, 'pixels.npy'), toNpy(pixels, [pixels.length / (size * size * 3), size, size, 3]));
    }
    const env = { ...process.env, PYTHONIOENCODING: 'utf-8', GLOG_minloglevel: '3' };
    const running = promisify(execFile)(python!, [join(import.meta.dirname, 'check_tflite.py')], {
      env,
      maxBuffer: 2 ** 26,
    });
    running.child.stdin!.end(JSON.stringify(orders));
    return JSON.parse((await running).stdout) as Found[];
  }
});

/** Names, shapes and labels, of a file with labels that are hard to write. */
function expectDescribed(found: Found, format: Format): void {
  const type = format === 'tflite-uint8' ? 'uint8' : 'float32';
  expect(found, format).toMatchObject({
    input: { name: 'image', shape: [-1, 33, 33, 3], type },
    output: { name: 'probabilities', shape: [-1, 3], type },
    signatures: { serving_default: { inputs: ['image'], outputs: ['probabilities'] } },
  });
  const stored = { tflite: ['float32'], 'tflite-f16': ['float16', 'float32'] } as Partial<Record<Format, string[]>>;
  expect(found.constants, format).toEqual(stored[format] ?? ['int8']);
  expect(Object.keys(found.files), format).toEqual(['labels.txt', 'preprocessing.json']);
  expect(JSON.parse(found.files['preprocessing.json']!), format).toMatchObject({ labels: HOSTILE_LABELS, dtype: type });
  // MediaPipe takes names and normalisation from the file, and reads uint8 as shares of 255.
  const largest = format === 'tflite-uint8' ? 255 / 256 : 1;
  const names = ['a, "b"', "it's \\new {}", '고양이 🐝  '];
  expect(found.mediapipe.map(([index, name]) => [index, name])).toEqual(names.map((name, index) => [index, name]));
  found.mediapipe.forEach(([index, , score]) =>
    expect(score * largest, format).toBeCloseTo(found.probabilities['xnnpack']![0]![index]!, 2),
  );
}

function everyNodeCases(): Case[] {
  const classifier = smallClassifier({ labels: HOSTILE_LABELS });
  const pixels = randomPixels(3, 5 * 33 * 33 * 3);
  return FORMATS.map((format) => ({ name: 'every node', format, classifier, pixels, kernels: ALL_KERNELS }));
}

function scratchCases(): Case[] {
  const pixels = randomPixels(5, 3 * 17 * 17 * 3);
  return HIDDEN_ACTIVATIONS.flatMap((activation, index) => {
    const settings = {
      scratch: { ...DEFAULT_SCRATCH_SETTINGS, imageSize: 17, width: 3, activation, pooling: POOLINGS[index % 3]! },
      head: { ...DEFAULT_HEAD_SETTINGS, hidden: [5], activation },
      hasMeanImage: index % 2 === 0,
      seed: 2,
    };
    const network = softened(settle(networkOf(settings)), pixels);
    const classifier = smallClassifier({ network, imageSize: 17 });
    const kernels = activation === 'elu' || activation === 'selu' ? FAST_KERNELS : ALL_KERNELS;
    return (['tflite', 'tflite-int8'] as const).map((format) => ({
      name: activation,
      format,
      classifier,
      pixels,
      kernels,
    }));
  });
}

/** On photographs, where they are there. */
async function backboneCases(): Promise<Case[]> {
  if (photographs === null) return [];
  const names = (await readdir(photographs)).slice(0, 3);
  const files = names.map((name) => ({ file: join(photographs, name) }));
  const cases: Case[] = [];
  for (const name of backbones) {
    const classifier = await backboneClassifier(name, ['ant', 'bee', 'wasp'], 0.03);
    const { imageSize } = classifier;
    const pixels = new Uint8Array(files.length * imageSize * imageSize * 3);
    for await (const { index, decoded } of readPixels(files, { sizePx: imageSize }))
      if (decoded.ok) pixels.set(decoded.pixels, index * imageSize * imageSize * 3);
    for (const format of ['tflite', 'tflite-uint8'] as const)
      cases.push({ name, format, classifier, pixels, kernels: FAST_KERNELS });
  }
  return cases;
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

function largestDifference(values: readonly number[], expected: readonly number[]): number {
  expect(values).toHaveLength(expected.length);
  return Math.max(...values.map((value, index) => Math.abs(value - expected[index]!)));
}
