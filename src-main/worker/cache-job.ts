import type { CacheState } from '../contract/procedures.ts';
import type { JobOf } from '../contract/jobs.ts';
import { openActivationCache } from '../engine/features/activation-cache.ts';
import { cacheFolder } from '../system/cache-folder.ts';

/** @throws EngineError `setting/out-of-range` if `FOVEA_CACHE_LIMIT_GB` is no number of gigabytes. */
export async function cacheJob({ clear }: JobOf<'cache'>): Promise<CacheState> {
  const folder = cacheFolder('activations');
  const cache = await openActivationCache({ folder });
  if (clear) await cache.clear();
  return { folder, sizeBytes: await cache.sizeBytes(), limitBytes: cache.limitBytes };
}
