import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toKerasH5 } from '../../src-main/engine/export/formats/keras/h5-file.ts';
import { toKerasZip } from '../../src-main/engine/export/formats/keras/keras-file.ts';
import { inKerasOrder } from '../../src-main/engine/export/formats/keras/layer-order.ts';
import { stockLayers } from '../../src-main/engine/export/formats/stock-layers.ts';
import { readPixels } from '../../src-main/engine/features/pixels.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { CORNER_LABELS, backboneClassifier, shortcutFirstNetwork } from '../helpers/classifiers.ts';
import { installedBackbones } from '../helpers/cli.ts';
import { exportCases, type ExportCase } from '../helpers/export-cases.ts';
import { toNpy } from '../helpers/npy.ts';
import { formatsPython } from '../helpers/python.ts';
import { randomPixels, relativeError } from '../helpers/random-network.ts';
import { shared } from '../helpers/shared.ts';

const python = await formatsPython();
const backbones = await installedBackbones();
const photographs = shared('data/hymenoptera/val/ants');

interface Reading {
  readonly probabilities: readonly number[];
  readonly layers: readonly string[];
  /** Mean over the first three pictures in the step of training, with the classes in turns as targets. */
  readonly squaredError: number;
  /** How many weights one step of training changed: of those that learn, and of those that must not. */
  readonly learned: number;
  readonly fixedMoved: number;
  readonly warnings: readonly string[];
}

interface Found {
  readonly metadata: { readonly keras: unknown; readonly h5: unknown };
  readonly readers: Readonly<Record<'keras' | 'h5 in Keras 3' | 'h5 in tf_keras', Reading>>;
}

interface PicturedCase extends ExportCase {
  /** uint8 [count, size, size, 3] */
  readonly pixels: Uint8Array;
}

const RANDOM_COUNT = 3;

/** A classifier that tells photographs apart somehow, and photographs. */
async function photographCases(folder: string): Promise<PicturedCase[]> {
  const files = (await readdir(folder)).slice(0, 12).map((file) => ({ file: join(folder, file) }));
  return Promise.all(
    backbones.map(async (backbone) => {
      const { network, imageSize: size } = await backboneClassifier(backbone, ['ant', 'bee'], 0.03);
      const pictures: Uint8Array[] = [];
      for await (const { decoded } of readPixels(files, { sizePx: size }))
        if (decoded.ok) pictures.push(Uint8Array.from(decoded.pixels));
      return { name: `${backbone} on photographs`, network, size, pixels: Buffer.concat(pictures) };
    }),
  );
}

/** Mean squared error of the first three pictures' probabilities, with the classes in turns as targets. */
function squaredError(probabilities: readonly number[], count: number): number {
  const classCount = probabilities.length / count;
  const first = probabilities.slice(0, 3 * classCount);
  const isTarget = (at: number) => Math.floor(at / classCount) % classCount === at % classCount;
  return first.reduce((sum, value, at) => sum + (value - (isTarget(at) ? 1 : 0)) ** 2, 0) / first.length;
}

const best = (row: readonly number[]): number => row.indexOf(Math.max(...row));

describe.skipIf(python === null)('what opens a Keras model in Python', () => {
  let folder: string;
  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('Keras 3 and tf_keras answer as our forward pass, find the class names, and train on', async () => {
    const plain = [
      { name: 'shortcut first', network: shortcutFirstNetwork(), size: 8 },
      ...(await exportCases(backbones)),
    ].map((one) => ({ ...one, pixels: randomPixels(one.size, RANDOM_COUNT * one.size ** 2 * 3) }));
    const cases: PicturedCase[] = [...plain, ...(photographs === null ? [] : await photographCases(photographs))];
    // More than the 64 KB that HDF5 keeps beside a group.
    const many = Array.from({ length: 1000 }, (_, index) => `클래스 ${index}, "🐝" `.repeat(5));
    const metadata = { labels: [...CORNER_LABELS, ...many] };
    const places = cases.map((_, index) => join(folder, String(index)));
    const ours: number[][] = [];
    for (const [index, { network, size, pixels }] of cases.entries()) {
      const place = places[index]!;
      const shape = [pixels.length / (size ** 2 * 3), size, size, 3] as const;
      await mkdir(place);
      await writeFile(join(place, 'model.keras'), await toKerasZip(network, metadata));
      await writeFile(join(place, 'model.h5'), await toKerasH5(network, metadata));
      await writeFile(join(place, 'pixels.npy'), toNpy(pixels, shape));
      ours.push(tf.tidy(() => [...forward(network, tf.tensor4d(pixels, [...shape], 'int32')).dataSync()]));
    }
    const program = join(import.meta.dirname, 'check_keras.py');
    const { stdout } = await promisify(execFile)(python!, [program, ...places], { maxBuffer: 2 ** 26 });
    const found = JSON.parse(stdout) as Found[];
    for (const [index, { name, network, size, pixels }] of cases.entries()) {
      const expected = ours[index]!;
      const count = pixels.length / (size ** 2 * 3);
      const rows = (answer: readonly number[]) =>
        Array.from({ length: count }, (_, row) =>
          best(answer.slice((row * answer.length) / count, ((row + 1) * answer.length) / count)),
        );
      expect(found[index]!.metadata, name).toEqual({ keras: metadata, h5: metadata });
      for (const [reader, reading] of Object.entries(found[index]!.readers)) {
        const where = `${name}: ${reader}`;
        expect(reading.layers, where).toEqual(inKerasOrder(stockLayers(network)).map((layer) => layer.name));
        expect(relativeError(reading.probabilities, expected), where).toBeLessThan(1e-4);
        expect(rows(reading.probabilities), where).toEqual(rows(expected));
        expect(Math.abs(reading.squaredError - squaredError(expected, count)), where).toBeLessThan(1e-4);
        expect(reading.learned, where).toBeGreaterThan(0);
        expect(reading.fixedMoved, where).toBe(0);
      }
      expect(found[index]!.readers.keras.warnings, name).toEqual([]);
    }
  });
});
