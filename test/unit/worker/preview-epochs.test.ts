import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { augmentationPreview, AUGMENT_PRESETS } from '../../../src-main/contract/augment.ts';
import type { Picture } from '../../../src-main/contract/dataset.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../src-main/contract/training.ts';
import { mixExamples, planMix } from '../../../src-main/engine/augment/mix.ts';
import { scanFolder } from '../../../src-main/engine/dataset/scan.ts';
import { assignSplits } from '../../../src-main/engine/dataset/split.ts';
import { openActivationCache } from '../../../src-main/engine/features/activation-cache.ts';
import { keepPixels } from '../../../src-main/engine/features/pixels.ts';
import { pixelSource } from '../../../src-main/engine/features/stored-sources.ts';
import { openPixels } from '../../../src-main/engine/features/tables.ts';
import { variationOf } from '../../../src-main/engine/features/variants.ts';
import { balancedOrder, epochOrder } from '../../../src-main/engine/train/balance.ts';
import { rowsOf } from '../../../src-main/worker/evaluate-splits.ts';
import { previewEpochs } from '../../../src-main/worker/preview-epochs.ts';
import { makeImageFolder } from '../../helpers/image-folders.ts';

const SIZE = 24;
const shape = [SIZE, SIZE, 3];
const LENGTH = SIZE * SIZE * 3;
const EPOCHS = { startEpoch: 1, epochCount: 6 };

async function makeTraining(changes: Partial<TrainConfig>) {
  const config = { ...DEFAULT_TRAIN_CONFIG, seed: 3, batchSize: 4, ...changes };
  const folder = await makeImageFolder({ ant: 7, bee: 9 });
  const { entries, classes } = await scanFolder(folder);
  const pictures = assignSplits(entries, config);
  const rows = rowsOf(pictures, 'training');
  const labels = Uint32Array.from(pictures, ({ className }) => classes.indexOf(className));
  return { training: { folder, pictures, classes, imageSize: SIZE, shape, config }, rows, labels };
}

/** What training itself reads: pixels of the cache, through its own source. */
async function openTrainingSource(folder: string, pictures: readonly Picture[], config: TrainConfig) {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'fovea-cache-'));
  onTestFinished(() => rm(cacheFolder, { recursive: true, force: true }));
  const pixels = await openPixels(await openActivationCache({ folder: cacheFolder }), SIZE);
  onTestFinished(() => pixels.close());
  const files = pictures.map(({ path, sha256 }) => ({ file: join(folder, path), sha256 }));
  await keepPixels(files, pixels, { sizePx: SIZE });
  const sha256s = pictures.map(({ sha256 }) => sha256);
  return pixelSource({ sha256s, pixels, imageSize: SIZE, variation: variationOf(config) });
}

function pixelsOf(png: string): Promise<Buffer> {
  return sharp(Buffer.from(png, 'base64')).raw().toBuffer();
}

test.each(['off', 'cached', 'live'] as const)(
  'augmentation %s: every byte shown is what the training source reads in that epoch',
  async (augmentation) => {
    const { training, rows } = await makeTraining({ augmentation, augment: AUGMENT_PRESETS.strong });
    const source = await openTrainingSource(training.folder, training.pictures, training.config);
    const row = rows[2] ?? NaN;
    const preview = await previewEpochs(row, EPOCHS, training);
    expect(augmentationPreview.parse(preview)).toEqual(preview);
    expect(preview.pictureId).toBe(training.pictures[row]?.id);
    expect(preview.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { epoch, png, mix } of preview.epochs) {
      const read = new Float32Array(LENGTH);
      await source.read(Uint32Array.of(row), epoch, read);
      expect(Float32Array.from(await pixelsOf(png))).toEqual(read);
      expect(mix).toBeNull();
    }
    const distinct = new Set(preview.epochs.map(({ png }) => png)).size;
    expect({ off: distinct === 1, cached: distinct > 1 && distinct <= 3, live: distinct === 6 }[augmentation]).toBe(
      true,
    );
  },
);

test.each([
  ['mixup', 'none'],
  ['cutmix', 'none'],
  ['mixup', 'sampling'],
] as const)(
  '%s with balance %s: the picture is mixed as training mixes the batch that it is in',
  async (kind, balance) => {
    const { training, rows, labels } = await makeTraining({
      augmentation: 'live',
      balance,
      [kind]: { alpha: 1, probability: 1 },
    });
    const { config, folder, pictures } = training;
    const source = await openTrainingSource(folder, pictures, config);
    const row = rows[0] ?? NaN;
    const { epochs } = await previewEpochs(row, EPOCHS, training);
    let mixedCount = 0;
    for (const { epoch, png, mix } of epochs) {
      const order =
        balance === 'sampling' ? balancedOrder(labels, rows, config.seed, epoch) : epochOrder(rows, config.seed, epoch);
      for (let step = 0; step * config.batchSize < order.length; step++) {
        const batch = order.subarray(step * config.batchSize, (step + 1) * config.batchSize);
        const place = batch.indexOf(row);
        if (place < 0) continue;
        const values = new Float32Array(batch.length * LENGTH);
        await source.read(batch, epoch, values);
        const key = { seed: config.seed, epoch, step };
        const plan = planMix(config, { shape, classCount: 2, size: batch.length }, key);
        const mixed = plan === null ? values : mixExamples(values, shape, plan);
        const own = mixed.subarray(place * LENGTH, (place + 1) * LENGTH);
        expect(Float32Array.from(await pixelsOf(png))).toEqual(own.map(Math.round));
        if (mix === null) break;
        expect(mix).toMatchObject({ kind: plan?.kind, share: plan?.share });
        expect(mix.path).toBe(pictures[batch[plan?.partners[place] ?? NaN] ?? NaN]?.path);
        mixedCount++;
        break;
      }
    }
    expect(mixedCount).toBeGreaterThan(2);
  },
);

test('a picture that cannot be read any more is named with the reason', async () => {
  const { training, rows } = await makeTraining({ augmentation: 'live' });
  const row = rows[0] ?? NaN;
  const file = join(training.folder, training.pictures[row]?.path ?? '');
  expect((await readFile(file)).length).toBeGreaterThan(0);
  await rm(file);
  await expect(previewEpochs(row, EPOCHS, training)).rejects.toMatchObject({
    code: 'image/unreadable',
    details: { file },
  });
});
