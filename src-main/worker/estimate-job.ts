/** What a run would cost, counted from the pictures and from what is stored of them. Loads no backend. */
import { existsSync } from 'node:fs';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { Picture } from '../contract/dataset.ts';
import type { RunCost } from '../contract/results.ts';
import type { AugmentationMode, TrainConfig } from '../contract/training.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { openActivationCache } from '../engine/features/activation-cache.ts';
import { costOf, countWork, NOTHING_STORED, type Stored } from '../engine/features/cost.ts';
import { readPace } from '../engine/features/pace.ts';
import { openPixels, openVariants } from '../engine/features/tables.ts';
import { cutOf, learnsFromPixels, rowBytes, trunkOf, type Trunk } from '../engine/features/trunk.ts';
import { cutBlocks } from '../engine/network/cut-blocks.ts';
import { possibleCuts } from '../engine/network/cut.ts';
import { cacheFolder } from '../system/cache-folder.ts';
import { backboneOf } from './backbone-of.ts';
import type { JobContext } from './job-context.ts';

export async function estimateJob(
  { folder, manifestFile, config }: JobOf<'estimate'>,
  { stopSignal }: JobContext,
): Promise<JobResults['estimate']> {
  const manifest =
    manifestFile === null ? await scanFolder(folder, { signal: stopSignal }) : await readManifest(manifestFile);
  const pictures = assignSplits(manifest.entries, config);
  requireTrainable(pictures, manifest.classes, manifest.skipped);
  const backbone = await backboneOf(config, manifest.classes.length);
  const { network, cut } = backbone;
  const costs = await costsOf(pictures, backbone, config);
  return { ...costs, cuts: possibleCuts(network), blocks: cutBlocks(network), defaultCut: cut };
}

/** What a run would cost with each kind of augmentation, its other settings as they are. */
export async function costsOf(
  pictures: readonly Picture[],
  backbone: Backbone,
  config: TrainConfig,
): Promise<Record<AugmentationMode, RunCost>> {
  const cut = cutOf(config, backbone);
  // Of the whole network nothing is frozen: only the embeddings of the head that is trained before are stored.
  const trunk = trunkOf(backbone, learnsFromPixels(config) ? null : cut, config.cachePrecision);
  const bytes = { activations: rowBytes(trunk), pixels: backbone.imageSize ** 2 * 3 };
  const pace = await readPace({ backbone: backbone.id, cut });
  const stored = await openStored(trunk, config);
  try {
    const costWith = (augmentation: AugmentationMode) =>
      costOf(countWork(pictures, config, augmentation, stored), bytes, pace);
    return { off: costWith('off'), cached: costWith('cached'), live: costWith('live') };
  } finally {
    await stored.close();
  }
}

/** What earlier runs have left of this one's work. */
async function openStored(trunk: Trunk, config: TrainConfig): Promise<Stored & { close(): Promise<void> }> {
  const folder = cacheFolder('activations');
  if (!existsSync(folder)) return { ...NOTHING_STORED, close: () => Promise.resolve() };
  const cache = await openActivationCache({ folder });
  const augmenting = { settings: config.augment, seed: config.seed };
  const tables = await openVariants(cache, trunk, augmenting, config.variants);
  const pixels = await openPixels(cache, trunk.backbone.imageSize);
  return {
    isCached: (sha256, variant) => tables[variant]?.has(sha256) ?? false,
    isKept: (sha256) => pixels.has(sha256),
    async close() {
      for (const table of [...tables, pixels]) await table.close();
    },
  };
}
