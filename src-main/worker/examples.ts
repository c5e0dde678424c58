/** From pictures to what training reads: the frozen part is computed and stored first, so that epochs touch the rest alone. */
import { join } from 'node:path';
import type { Picture, SkippedFile } from '../contract/dataset.ts';
import type { TrainConfig } from '../contract/training.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { storeActivations } from '../engine/features/activations.ts';
import { openActivationCache } from '../engine/features/activation-cache.ts';
import type { CachedTable } from '../engine/features/cached-table.ts';
import { deriveEmbeddings } from '../engine/features/derived-embeddings.ts';
import type { ExampleSource } from '../engine/features/example-source.ts';
import { keepPixels, type UnreadablePicture } from '../engine/features/pixels.ts';
import { openRunner, type TrunkReport } from '../engine/features/runner.ts';
import { liveSource, pixelSource, storedSource } from '../engine/features/stored-sources.ts';
import { openPixels } from '../engine/features/tables.ts';
import { trainsHeadFirst, trunkOf, type Trunk } from '../engine/features/trunk.ts';
import { storedVariantCount, variationOf, type Variation } from '../engine/features/variants.ts';
import { possibleCuts } from '../engine/network/cut.ts';
import { cacheFolder } from '../system/cache-folder.ts';
import type { JobContext } from './job-context.ts';

export interface Examples {
  /** Those that could be read; training's rows are places in this list. */
  readonly pictures: readonly Picture[];
  readonly skipped: readonly SkippedFile[];
  /** Embeddings, float32; null where nothing is to be learned from them. */
  readonly embeddings: ExampleSource | null;
  /** What the part of the backbone that learns reads; null where the head alone learns. */
  readonly activations: ExampleSource | null;
  /** Where the pixels are kept; null where they are not. */
  readonly kept: CachedTable | null;
  /** What ran the frozen part; null where all of it was stored. */
  readonly ranOn: TrunkReport | null;
  readonly passes: { readonly computed: number; readonly reused: number };
  /** Pictures that were decoded and variants that were made for the passes. */
  readonly counts: { readonly decoded: number; readonly varied: number };
  readonly seconds: { readonly decode: number; readonly augment: number; readonly run: number };
  close(): Promise<void>;
}

interface Order {
  readonly folder: string;
  readonly candidates: readonly Picture[];
  readonly backbone: Backbone;
  /** First node that learns; null where the head alone does. */
  readonly cut: string | null;
  readonly config: TrainConfig;
}

/** Pixels take 150 KB a picture. They are kept as long as that leaves most of the cache to activations. */
const PIXEL_SHARE = 1 / 4;

/** @throws EngineError `cache/too-small`, before anything is computed; the signal's reason on an abort. */
export async function prepareExamples(order: Order, { report, stopSignal: signal }: JobContext): Promise<Examples> {
  const { folder, candidates, backbone, cut, config } = order;
  const { imageSize } = backbone;
  const variation = variationOf(config);
  const learnsFromPixels = cut !== null && cut === possibleCuts(backbone.network)[0];
  const headTrunk = trunkOf(backbone, null, config.cachePrecision);
  const tailTrunk = cut === null || learnsFromPixels ? null : trunkOf(backbone, cut, config.cachePrecision);
  const cache = await openActivationCache({ folder: cacheFolder('activations') });
  const needsPixels = learnsFromPixels || config.augmentation === 'live';
  const keepsPixels = needsPixels || candidates.length * imageSize ** 2 * 3 <= cache.limitBytes * PIXEL_SHARE;
  const kept = keepsPixels ? await openPixels(cache, imageSize) : null;

  const opened: { close(): Promise<void> }[] = kept === null ? [] : [kept];
  const skipped: SkippedFile[] = [];
  const passes = { computed: 0, reused: 0 };
  const counts = { decoded: 0, varied: 0 };
  const seconds = { decode: 0, augment: 0, run: 0 };
  let pictures = candidates;
  let ranOn: TrunkReport | null = null;

  async function store(trunk: Trunk, variantCountOf: (picture: Picture) => number): Promise<readonly CachedTable[]> {
    const wanted = pictures.map((picture) => ({ ...fileOf(folder, picture), variantCount: variantCountOf(picture) }));
    const onProgress = progressOf(report, wanted.length);
    const stored = await storeActivations(wanted, trunk, { ...variation, cache, kept, signal, onProgress });
    opened.push(stored);
    ranOn = stored.ranOn ?? ranOn;
    passes.computed += stored.computedCount;
    passes.reused += stored.reusedCount;
    counts.decoded += stored.decodedCount;
    counts.varied += stored.variedCount;
    for (const phase of PHASES) seconds[phase] += stored.seconds[phase];
    leaveOut(stored.unreadable);
    return stored.tables;
  }

  function leaveOut(unreadable: readonly UnreadablePicture[]): void {
    for (const { fileIndex, reason } of unreadable) skipped.push({ path: pictures[fileIndex]?.path ?? '', reason });
    const gone = new Set(unreadable.map(({ fileIndex }) => fileIndex));
    if (gone.size > 0) pictures = pictures.filter((_, index) => !gone.has(index));
  }

  async function sourceOf(trunk: Trunk, tables: readonly CachedTable[], seen: Variation): Promise<ExampleSource> {
    const sha256s = pictures.map(({ sha256 }) => sha256);
    const plain = storedSource({ sha256s, tables, shape: trunk.shape, variation: seen });
    if (seen.mode !== 'live' || kept === null) return plain;
    const runner = await openRunner(trunk.network);
    opened.push({ close: () => runner.dispose() });
    return liveSource({ sha256s, pixels: kept, imageSize, runner, plain, variation: seen });
  }

  async function derived(trunk: Trunk, stored: CachedTable): Promise<ExampleSource> {
    const sha256s = pictures.map(({ sha256 }) => sha256);
    const table = await deriveEmbeddings(sha256s, stored, trunk, { cache, signal });
    opened.push(table);
    const shape = [backbone.featureCount];
    return storedSource({ sha256s, tables: [table], shape, variation: { ...variation, mode: 'off' } });
  }

  const close = async () => {
    for (const one of opened) await one.close();
  };
  try {
    if (kept !== null && needsPixels) {
      const onProgress = progressOf(report, pictures.length);
      const files = pictures.map((picture) => fileOf(folder, picture));
      leaveOut(await keepPixels(files, kept, { sizePx: imageSize, signal, onProgress }));
    }
    const varied = ({ split }: Picture) => (split === 'training' ? storedVariantCount(variation) : 1);
    if (cut === null) {
      const tables = await store(headTrunk, varied);
      const embeddings = await sourceOf(headTrunk, tables, variation);
      return { pictures, skipped, embeddings, activations: null, kept, ranOn, passes, counts, seconds, close };
    }
    // Before fine-tuning the head learns from the pictures as they are: it is a start, no more.
    const plain: Variation = { ...variation, mode: 'off' };
    if (tailTrunk === null) {
      const tables = trainsHeadFirst(config) ? await store(headTrunk, () => 1) : null;
      const embeddings = tables && (await sourceOf(headTrunk, tables, plain));
      const sha256s = pictures.map(({ sha256 }) => sha256);
      const activations = kept && pixelSource({ sha256s, pixels: kept, imageSize, variation });
      return { pictures, skipped, embeddings, activations, kept, ranOn, passes, counts, seconds, close };
    }
    const tables = await store(tailTrunk, varied);
    const activations = await sourceOf(tailTrunk, tables, variation);
    const embeddings = trainsHeadFirst(config) ? await derived(tailTrunk, tables[0] as CachedTable) : null; // as: at least one
    return { pictures, skipped, embeddings, activations, kept, ranOn, passes, counts, seconds, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const PHASES = ['decode', 'augment', 'run'] as const;

function fileOf(folder: string, { path, sha256 }: Picture): { readonly file: string; readonly sha256: string } {
  return { file: join(folder, path), sha256 };
}

function progressOf(report: JobContext['report'], total: number): (done: number) => void {
  return (done) => report({ type: 'progress', stage: 'features', done, total });
}
