import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toGraph } from '../../src-main/engine/export/formats/tensorflow/graph.ts';
import { toSavedModel } from '../../src-main/engine/export/formats/tensorflow/saved-model.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { installedBackbones } from '../helpers/cli.ts';
import { exportCases } from '../helpers/export-cases.ts';
import { toNpy } from '../helpers/npy.ts';
import { formatsPython } from '../helpers/python.ts';
import { randomPixels, relativeError } from '../helpers/random-network.ts';

const python = await formatsPython();
const backbones = await installedBackbones();

interface Found {
  readonly signature: readonly unknown[];
  readonly tensorflow: readonly number[];
  readonly keras: readonly number[];
  readonly converter: readonly number[];
}

const PICTURE_COUNT = 3;

describe.skipIf(python === null)('what opens a SavedModel in Python', () => {
  let folder: string;
  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('TensorFlow, Keras and the TFLite converter answer as our forward pass', async () => {
    const cases = await exportCases(backbones);
    const places = cases.map((_, index) => join(folder, String(index)));
    const ours: number[][] = [];
    for (const [index, { network, size }] of cases.entries()) {
      const place = places[index]!;
      const pixels = randomPixels(size, PICTURE_COUNT * size * size * 3);
      await mkdir(place);
      await writeFile(join(place, 'saved_model.pb'), toSavedModel(toGraph(network)));
      await writeFile(join(place, 'pixels.npy'), toNpy(pixels, [PICTURE_COUNT, size, size, 3]));
      ours.push(
        tf.tidy(() => [...forward(network, tf.tensor4d(pixels, [PICTURE_COUNT, size, size, 3], 'int32')).dataSync()]),
      );
    }
    const program = join(import.meta.dirname, 'check_saved_model.py');
    const { stdout } = await promisify(execFile)(python!, [program, ...places], { maxBuffer: 2 ** 26 });
    const found = JSON.parse(stdout) as Found[];
    for (const [index, { name, size }] of cases.entries()) {
      const { signature, ...answers } = found[index]!;
      expect(signature, name).toEqual([[null, size, size, 3], 'probabilities']);
      for (const [reader, answer] of Object.entries(answers))
        expect(relativeError(answer, ours[index]!), `${name} in ${reader}`).toBeLessThan(1e-4);
    }
  });
});
