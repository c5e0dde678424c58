import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_AUGMENT_SETTINGS } from '../../../../src-main/contract/augment.ts';
import type { Backbone } from '../../../../src-main/engine/backbones/catalogue.ts';
import { openActivationCache } from '../../../../src-main/engine/features/activation-cache.ts';
import { storeActivations, type WantedPicture } from '../../../../src-main/engine/features/activations.ts';
import { openRunner } from '../../../../src-main/engine/features/runner.ts';
import { storedSource } from '../../../../src-main/engine/features/stored-sources.ts';
import { openPixels } from '../../../../src-main/engine/features/tables.ts';
import { trunkOf, valueCount, type Trunk } from '../../../../src-main/engine/features/trunk.ts';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { makeImageFolder } from '../../../helpers/image-folders.ts';
import { randomNetwork, relativeError } from '../../../helpers/random-network.ts';

const SIZE = 16;
const whole = randomNetwork({
  size: [SIZE, SIZE],
  classes: 3,
  seed: 9,
  layers: [
    { kind: 'conv', kernel: [3, 3], stride: 2, channels: 4, activation: 'relu6' },
    { kind: 'depthwise', kernel: [3, 3], stride: 2, channels: 4, activation: 'relu6' },
    { kind: 'conv', kernel: [1, 1], stride: 1, channels: 5, activation: 'relu6' },
  ],
});
const backbone: Backbone = {
  id: 'small',
  title: 'Small',
  network: { nodes: whole.nodes.slice(0, -2) },
  imageSize: SIZE,
  featureCount: 5,
  cut: 'layer_2',
  licence: 'none',
  contentHash: 'a hash',
};
const AT_CUT = trunkOf(backbone, 'layer_2', 'float16');
const WHOLE = trunkOf(backbone, null, 'float16');
const augmenting = { settings: DEFAULT_AUGMENT_SETTINGS, seed: 4 };

async function cacheFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-cache-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function wanted(folder: string, numbers: readonly number[], variantCount = 1): Promise<WantedPicture[]> {
  return Promise.all(
    numbers.map(async (number) => {
      const file = join(folder, `${number}.jpg`);
      return {
        file,
        sha256: createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
        variantCount,
      };
    }),
  );
}

/** One run, as a process of its own would do it: opened, stored, closed; and what it stored, read back. */
async function run(
  cacheAt: string,
  pictures: readonly WantedPicture[],
  trunk: Trunk,
  options: { signal?: AbortSignal; onProgress?: (done: number) => void; seed?: number } = {},
) {
  const cache = await openActivationCache({ folder: cacheAt, limitBytes: 2 ** 30 });
  const kept = await openPixels(cache, SIZE);
  try {
    const stored = await storeActivations(pictures, trunk, {
      cache,
      kept,
      augmenting: { ...augmenting, seed: options.seed ?? augmenting.seed },
      ...options,
    });
    const length = valueCount(trunk);
    const unreadable = new Set(stored.unreadable.map(({ fileIndex }) => fileIndex));
    const rows = pictures.flatMap(({ sha256, variantCount }, index) =>
      unreadable.has(index)
        ? []
        : stored.tables.slice(0, variantCount).map((table) => {
            const row = new Float32Array(length);
            table.read([sha256], row);
            return row;
          }),
    );
    await stored.close();
    const { computedCount, reusedCount } = stored;
    return { rows, computedCount, reusedCount, unreadable: stored.unreadable };
  } finally {
    await kept.close();
  }
}

test('stores what the frozen part gives: embeddings to the bit, activations rounded to half precision', async () => {
  const folder = await makeImageFolder({ '.': 20 });
  const pictures = await wanted(folder, [1, 2, 3, 20]);
  const at = await cacheFolder();
  for (const trunk of [WHOLE, AT_CUT]) {
    const { rows } = await run(at, pictures, trunk);
    const runner = await openRunner(trunk.network);
    for (const [index, { file }] of pictures.entries()) {
      const decoded = await decodeImage(file, SIZE);
      if (!decoded.ok) throw new Error(decoded.reason);
      const alone = await runner.run(decoded.pixels, 1);
      if (trunk === WHOLE) expect(rows[index]).toEqual(Float32Array.from(alone));
      else expect(relativeError(rows[index]!, alone)).toBeLessThan(2 ** -11);
    }
    await runner.dispose();
  }
});

test('a second run computes nothing and needs no picture, and more pictures compute themselves alone', async () => {
  const folder = await makeImageFolder({ '.': 9 });
  const at = await cacheFolder();
  const six = await wanted(folder, [1, 2, 3, 4, 5, 6], 3);
  const first = await run(at, six, AT_CUT);
  expect(first).toMatchObject({ computedCount: 18, reusedCount: 0 });
  const nine = [...(await wanted(folder, [7, 8, 9], 3)), ...six];
  const more = await run(at, nine, AT_CUT);
  expect(more).toMatchObject({ computedCount: 9, reusedCount: 18 });
  expect(more.rows.slice(9)).toEqual(first.rows);
  await rm(folder, { recursive: true });
  const again = await run(at, nine, AT_CUT);
  expect(again).toEqual({ rows: more.rows, computedCount: 0, reusedCount: 27, unreadable: [] });
});

test('another cut finds the decoded pictures of an earlier one', async () => {
  const folder = await makeImageFolder({ '.': 4 });
  const at = await cacheFolder();
  const pictures = await wanted(folder, [1, 2, 3, 4]);
  await run(at, pictures, WHOLE);
  await rm(folder, { recursive: true });
  expect(await run(at, pictures, AT_CUT)).toMatchObject({ computedCount: 4, unreadable: [] });
});

test('variants differ from each other and with the seed, and do not depend on the other pictures', async () => {
  const folder = await makeImageFolder({ '.': 5 });
  const [all, alone] = [await wanted(folder, [1, 2, 3, 4, 5], 4), await wanted(folder, [3], 4)];
  const together = await run(await cacheFolder(), all, AT_CUT);
  const { rows } = await run(await cacheFolder(), alone, AT_CUT);
  expect(rows).toEqual(together.rows.slice(8, 12));
  expect(new Set(rows.map(String)).size).toBe(4);
  const other = await run(await cacheFolder(), alone, AT_CUT, { seed: 5 });
  expect(other.rows[0]).toEqual(rows[0]);
  expect(other.rows.slice(1).map(String)).not.toEqual(rows.slice(1).map(String));
});

test('a picture that cannot be decoded is named, and the rest is stored', async () => {
  const folder = await makeImageFolder({ '.': 3, '4.jpg': 'no picture at all' });
  const pictures = await wanted(folder, [1, 4, 2, 3], 2);
  const { rows, unreadable } = await run(await cacheFolder(), pictures, WHOLE);
  expect(unreadable).toEqual([{ fileIndex: 1, reason: expect.stringMatching(/not a picture/) as string }]);
  expect(rows).toHaveLength(6);
});

test('an abort ends it with its reason, and what was computed until then is not computed again', async () => {
  const folder = await makeImageFolder({ '.': 80 });
  const at = await cacheFolder();
  const pictures = await wanted(
    folder,
    Array.from({ length: 80 }, (_, index) => index + 1),
  );
  const stop = new AbortController();
  const reason = new Error('enough');
  const onProgress = (done: number) => done === 40 && stop.abort(reason);
  await expect(run(at, pictures, WHOLE, { signal: stop.signal, onProgress })).rejects.toBe(reason);
  const { computedCount } = await run(at, pictures, WHOLE);
  expect(computedCount).toBeLessThanOrEqual(80 - 32);
  expect(computedCount).toBeGreaterThan(0);
});

test('a source draws variants by (seed, epoch, row), and measures pictures as they are', async () => {
  const folder = await makeImageFolder({ '.': 6 });
  const pictures = await wanted(folder, [1, 2, 3, 4, 5, 6], 4);
  const cache = await openActivationCache({ folder: await cacheFolder(), limitBytes: 2 ** 30 });
  const stored = await storeActivations(pictures, AT_CUT, { cache, kept: null, augmenting });
  const sha256s = pictures.map(({ sha256 }) => sha256);
  const variation = { mode: 'cached' as const, count: 4, augmenting };
  const source = storedSource({ sha256s, tables: stored.tables, shape: AT_CUT.shape, variation });
  const length = valueCount(AT_CUT);
  const read = async (epoch: number | null, rows = [0, 1, 2, 3, 4, 5]) => {
    const target = new Float32Array(rows.length * length);
    await source.read(Uint32Array.from(rows), epoch, target);
    return target;
  };
  const plain = new Float32Array(6 * length);
  stored.tables[0]!.read(sha256s, plain);
  expect(await read(null)).toEqual(plain);
  expect(await read(3)).toEqual(await read(3));
  expect(await read(3, [4])).toEqual((await read(3)).slice(4 * length, 5 * length));
  const epochs = await Promise.all(Array.from({ length: 12 }, (_, epoch) => read(epoch)));
  expect(new Set(epochs.map((values) => String(values.slice(2 * length, 3 * length)))).size).toBe(4); // each variant comes up
  await stored.close();
});
