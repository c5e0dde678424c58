/** What the lab's experiments read of the pictures: embeddings, or small pixels. */
import { join } from 'node:path';
import type { Picture } from '../contract/dataset.ts';
import { DEFAULT_AUGMENT_SETTINGS } from '../contract/augment.ts';
import { EngineError } from '../contract/errors.ts';
import { DEFAULT_TRAIN_CONFIG, type Backend } from '../contract/training.ts';
import { openActivationCache } from '../engine/features/activation-cache.ts';
import type { ExampleSource } from '../engine/features/example-source.ts';
import { keepPixels, readPixels } from '../engine/features/pixels.ts';
import { withTrunk } from '../engine/features/runner.ts';
import { pixelSource } from '../engine/features/stored-sources.ts';
import { openPixels } from '../engine/features/tables.ts';
import { cacheFolder } from '../system/cache-folder.ts';
import { backboneOf } from './backbone-of.ts';
import { prepareExamples } from './examples.ts';
import type { JobContext } from './job-context.ts';
import { labelsOf } from './read-pictures.ts';

export interface LabPictures {
  /** Of the pictures below, by their place. */
  readonly source: ExampleSource;
  /** Those that could be read. */
  readonly pictures: readonly Picture[];
  /** Class number of each. */
  readonly labels: Uint32Array;
  close(): Promise<void>;
}

interface Place extends JobContext {
  readonly folder: string;
  readonly classes: readonly string[];
}

interface Setting extends Place {
  readonly backend: Backend;
}

/** Embeddings, from the cache where they are there already. */
export async function openEmbeddings(
  setting: Setting,
  candidates: readonly Picture[],
  { backbone: id, seed }: { readonly backbone?: string | undefined; readonly seed: number },
): Promise<LabPictures> {
  const { report, folder, classes, backend } = setting;
  const config = { ...DEFAULT_TRAIN_CONFIG, seed, ...(id === undefined ? {} : { backbone: id }) };
  const backbone = await backboneOf(config, classes.length);
  report({ type: 'stage', stage: 'features', total: candidates.length });
  const { pictures, skipped, embeddings, ranOn, close } = await prepareExamples(
    { folder, candidates, backbone, cut: null, config },
    setting,
  );
  report({
    type: 'backend',
    backend: ranOn === null ? backend : withTrunk(backend, ranOn),
    backbone: backbone.id,
  });
  for (const file of skipped) report({ type: 'skipped', file });
  if (embeddings === null) throw new Error('A head learns from embeddings');
  return { source: embeddings, pictures, labels: labelsOf(pictures, classes), close };
}

/** Pixels 0–255 of pictures scaled down to squares of `imageSize`, kept in the cache like those of a training. */
export async function openSmallPixels(
  { folder, classes, report, stopSignal: signal }: Place,
  candidates: readonly Picture[],
  imageSize: number,
): Promise<LabPictures> {
  const total = candidates.length;
  report({ type: 'stage', stage: 'features', total });
  const cache = await openActivationCache({ folder: cacheFolder('activations') });
  const pixels = await openPixels(cache, imageSize);
  try {
    const files = candidates.map(({ path, sha256 }) => ({ file: join(folder, path), sha256 }));
    const onProgress = (done: number) => report({ type: 'progress', stage: 'features', done, total });
    const unreadable = await keepPixels(files, pixels, { sizePx: imageSize, signal, onProgress });
    for (const { fileIndex, reason } of unreadable)
      report({ type: 'skipped', file: { path: candidates[fileIndex]?.path ?? '', reason } });
    const gone = new Set(unreadable.map(({ fileIndex }) => fileIndex));
    const pictures = candidates.filter((_, index) => !gone.has(index));
    const sha256s = pictures.map(({ sha256 }) => sha256);
    const asTheyAre = { mode: 'off', count: 1, augmenting: { settings: DEFAULT_AUGMENT_SETTINGS, seed: 0 } } as const;
    const source = pixelSource({ sha256s, pixels, imageSize, variation: asTheyAre });
    return { source, pictures, labels: labelsOf(pictures, classes), close: () => pixels.close() };
  } catch (error) {
    await pixels.close();
    throw error;
  }
}

/**
 * The same, straight from the files and kept nowhere.
 *
 * @returns one picture behind the other, [pictures, imageSize, imageSize, 3]; those that cannot be read are left out.
 * @throws EngineError `dataset/empty` where none can be read.
 */
export async function readSmallPixels(
  { folder, report, stopSignal: signal }: Place,
  candidates: readonly Picture[],
  imageSize: number,
): Promise<Uint8Array> {
  const total = candidates.length;
  report({ type: 'stage', stage: 'features', total });
  const files = candidates.map(({ path }) => ({ file: join(folder, path) }));
  const length = imageSize * imageSize * 3;
  const pixels = new Uint8Array(total * length);
  let [count, done] = [0, 0];
  for await (const { decoded } of readPixels(files, { sizePx: imageSize, signal })) {
    if (decoded.ok) pixels.set(decoded.pixels, length * count++);
    report({ type: 'progress', stage: 'features', done: ++done, total });
  }
  if (count === 0) {
    const message = `None of the ${total} training pictures in ${folder} can be read. Put the pictures back and scan the folder again.`;
    throw new EngineError('dataset/empty', message, { folder });
  }
  return pixels.subarray(0, count * length);
}
