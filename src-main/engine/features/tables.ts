/** Which tables of the activation cache hold what: everything that the stored values depend on is in a table's key. */
import type { AugmentSettings } from '../../contract/augment.ts';
import { DECODE_RECIPE } from '../images/recipe.ts';
import type { ActivationCache } from './activation-cache.ts';
import type { CachedTable } from './cached-table.ts';
import { valueCount, type Trunk } from './trunk.ts';

/** How variants are made. */
export interface Augmenting {
  readonly settings: AugmentSettings;
  readonly seed: number;
}

/** The squares of pixels that the decode recipe gives. */
export function openPixels(cache: ActivationCache, imageSize: number): Promise<CachedTable> {
  const key = { what: 'pixels', recipe: DECODE_RECIPE.version, imageSize };
  return cache.openTable(key, { length: imageSize * imageSize * 3, precision: 'uint8' });
}

/** One table a variant; variant 0, the pictures as they are, does not depend on how the others are made. */
export async function openVariants(
  cache: ActivationCache,
  trunk: Trunk,
  { settings, seed }: Augmenting,
  count: number,
): Promise<CachedTable[]> {
  const tables: CachedTable[] = [];
  for (let variant = 0; variant < count; variant++) {
    const variation = variant === 0 ? null : { version: AUGMENT_VERSION, settings, seed, variant };
    tables.push(await cache.openTable({ ...keyOf(trunk), variation }, tableOf(trunk)));
  }
  return tables;
}

/** Embeddings that were computed from stored, rounded activations: not those that the pixels give. */
export function openDerivedEmbeddings(cache: ActivationCache, trunk: Trunk): Promise<CachedTable> {
  const key = { ...keyOf(trunk), what: 'embeddings from activations' };
  return cache.openTable(key, { length: trunk.backbone.featureCount, precision: 'float32' });
}

/** Changes when the same settings, seed and picture give other pixels. */
const AUGMENT_VERSION = 1;

function keyOf({ backbone, cut, precision }: Trunk) {
  return {
    what: 'activations',
    recipe: DECODE_RECIPE.version,
    backbone: backbone.id,
    weights: backbone.contentHash,
    cut: cut ?? 'embedding',
    precision,
  };
}

function tableOf(trunk: Trunk) {
  return { length: valueCount(trunk), precision: trunk.precision };
}
