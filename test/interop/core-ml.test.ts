import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targetOf } from '../../src-main/engine/export/targets.ts';
import { decodeFloat16 } from '../../src-main/engine/features/half-floats.ts';
import { toFloat16 } from '../../src-main/engine/network/float16.ts';
import type { Network } from '../../src-main/engine/network/network.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { changeParameters, makeCases, PICTURE_COUNT, type Case } from '../helpers/core-ml-cases.ts';
import { toNpy } from '../helpers/npy.ts';
import { formatsPython } from '../helpers/python.ts';
import { relativeError } from '../helpers/random-network.ts';

const python = await formatsPython();

/** Core ML's formats look at no picture. */
const UNCALIBRATED = { calibrate: () => Promise.reject(new Error('Asked for a calibration')) };

interface Description {
  readonly version: number;
  readonly unknown: number;
  readonly image: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly predicted: readonly string[];
  readonly license: string;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Found {
  readonly network: Description;
  readonly package: Description;
  readonly networkLabels: readonly string[];
  readonly packageLabels: readonly string[];
  /** Operations whose declared shape is not the one that coremltools infers. */
  readonly misdeclared: readonly string[];
  readonly kinds: readonly string[];
  readonly layers: readonly string[];
  readonly probabilities: { readonly [How in 'network' | 'exactly' | 'rounded']: readonly number[] };
}

async function writeCase(place: string, { classifier, pixels }: Case): Promise<void> {
  for (const format of ['coreml', 'coreml-mlmodel'] as const)
    for (const { name, content } of await (await targetOf(format)).write(classifier, UNCALIBRATED)) {
      await mkdir(dirname(join(place, name)), { recursive: true });
      await writeFile(join(place, name), content);
    }
  const { imageSize: size } = classifier;
  await writeFile(join(place, 'pixels.npy'), toNpy(pixels, [PICTURE_COUNT, size, size, 3]));
}

/** Every weight as 16 bits hold it. */
function rounded({ nodes }: Network): Network {
  const round = (values: Float32Array): Float32Array => {
    const held = new Float32Array(values.length);
    decodeFloat16(toFloat16(values), held);
    return held;
  };
  return { nodes: nodes.map((node) => changeParameters(node, round)) };
}

function answers(network: Network, { pixels, classifier: { imageSize: size } }: Case): number[] {
  return tf.tidy(() => [...forward(network, tf.tensor4d(pixels, [PICTURE_COUNT, size, size, 3], 'int32')).dataSync()]);
}

/** The same sums in another order: at most 0.000001 was measured. */
const EXACT = 1e-5;
/** Constants of activations are rounded to 16 bits too, SELU's by 0.0003 of themselves: at most 0.00025 was measured. */
const EXACT_BUT_CONSTANTS = 1e-3;
/**
 * Every value rounded to 16 bits, so by up to 1 / 4,096 of its size: over the 30 to 70 roundings in a row of a backbone, as often
 * up as down, logits of 2 move by thousandths, and so do probabilities. At most 0.0034 was measured.
 */
const SIXTEEN_BITS = 0.01;

describe.skipIf(python === null)('what Core ML files say', () => {
  let folder: string;
  let cases: Case[];
  let found: Found[];
  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
    cases = await makeCases();
    const places = cases.map((_, index) => join(folder, String(index)));
    for (const [index, one] of cases.entries()) await writeCase(places[index]!, one);
    const program = join(import.meta.dirname, 'check_core_ml.py');
    const { stdout } = await promisify(execFile)(python!, [program, ...places], { maxBuffer: 2 ** 28 });
    found = JSON.parse(stdout) as Found[];
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('coremltools knows every field, and infers the shapes that are declared', () => {
    for (const [index, { name, classifier }] of cases.entries()) {
      const { network, package: bundle, misdeclared } = found[index]!;
      const { imageSize: size, backbone, licence, labels } = classifier;
      expect(misdeclared, name).toEqual([]);
      for (const [description, version] of [
        [network, 4],
        [bundle, 6],
      ] as const) {
        const { metadata, ...rest } = description;
        expect(rest, name).toEqual({
          version,
          unknown: 0,
          image: ['image', size, size, 20],
          outputs: [
            ['classLabel', 'stringType'],
            ['classLabel_probs', 'dictionaryType'],
          ],
          predicted: ['classLabel', 'classLabel_probs'],
          license: `The backbone, ${backbone}, is licensed under ${licence}`,
        });
        expect(Object.keys(metadata).toSorted()).toEqual(['backbone', 'backbone_licence', 'labels', 'preprocessing']);
        expect(JSON.parse(metadata['labels']!), name).toEqual(labels);
      }
    }
  });

  test('class names are whole, whatever they hold', () => {
    for (const [index, { name, classifier }] of cases.entries()) {
      expect(found[index]!.networkLabels, name).toEqual(classifier.labels);
      expect(found[index]!.packageLabels, name).toEqual(classifier.labels);
    }
  });

  test('a neural network gives what our forward pass gives', () => {
    for (const [index, one] of cases.entries())
      expect(
        relativeError(found[index]!.probabilities.network, answers(one.classifier.network, one)),
        one.name,
      ).toBeLessThan(EXACT);
  });

  test('an ML Program gives what our forward pass gives of the weights that it holds', () => {
    for (const [index, one] of cases.entries())
      expect(
        relativeError(found[index]!.probabilities.exactly, answers(rounded(one.classifier.network), one)),
        one.name,
      ).toBeLessThan(EXACT_BUT_CONSTANTS);
  });

  test('an ML Program that rounds every value to 16 bits stays near our forward pass', () => {
    for (const [index, one] of cases.entries()) {
      const ours = answers(one.classifier.network, one);
      const differences = found[index]!.probabilities.rounded.map((value, at) => Math.abs(value - ours[at]!));
      expect(Math.max(...differences), one.name).toBeLessThan(SIXTEEN_BITS);
    }
  });

  test('all operations that can be written were computed', () => {
    expect([...new Set(found.flatMap(({ layers }) => layers))].toSorted()).toEqual([
      'activation',
      'addBroadcastable',
      'clip',
      'convolution',
      'gather',
      'innerProduct',
      'loadConstantND',
      'maxBroadcastable',
      'multiply',
      'multiplyBroadcastable',
      'pooling',
      'reduceMean',
      'softmaxND',
    ]);
    expect([...new Set(found.flatMap(({ kinds }) => kinds))].toSorted()).toEqual([
      'add',
      'cast',
      'classify',
      'const',
      'conv',
      'elu',
      'gather',
      'leaky_relu',
      'linear',
      'max_pool',
      'maximum',
      'mul',
      'reduce_mean',
      'relu',
      'relu6',
      'sigmoid',
      'softmax',
      'tanh',
    ]);
  });
});
