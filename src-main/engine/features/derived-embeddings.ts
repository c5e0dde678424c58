import * as tf from '@tensorflow/tfjs-core';
import { forward, uploadWeights } from '../network/tfjs.ts';
import type { ActivationCache } from './activation-cache.ts';
import type { CachedTable } from './cached-table.ts';
import { openDerivedEmbeddings } from './tables.ts';
import { valueCount, type Trunk } from './trunk.ts';

const BATCH_SIZE = 32;

/**
 * Embeddings of pictures whose activations at a cut are stored: a quarter of the work of starting from the pixels again.
 *
 * They are a start for a head that will be tuned together with the rest. Activations are stored rounded, so these embeddings
 * are not quite those that the pixels give, and are kept apart from them. Runs on the tfjs backend that is set.
 *
 * @param sha256s  pictures that `stored` holds.
 * @returns        a table of [features], float32. The caller closes it.
 * @throws the signal's reason within one batch of an abort.
 */
export async function deriveEmbeddings(
  sha256s: readonly string[],
  stored: CachedTable,
  trunk: Trunk,
  { cache, signal }: { readonly cache: ActivationCache; readonly signal?: AbortSignal },
): Promise<CachedTable> {
  const embeddings = await openDerivedEmbeddings(cache, trunk);
  const missing = [...new Set(sha256s)].filter((sha256) => !embeddings.has(sha256));
  const { network } = trunk.backbone;
  const after = trunk.network.nodes.at(-1)?.name ?? '';
  const { weights, dispose } = uploadWeights({ nodes: network.nodes.slice(trunk.network.nodes.length) });
  try {
    for (let start = 0; start < missing.length; start += BATCH_SIZE) {
      signal?.throwIfAborted();
      const batch = missing.slice(start, start + BATCH_SIZE);
      const values = new Float32Array(batch.length * valueCount(trunk));
      stored.read(batch, values);
      const rows = tf.tidy(() =>
        forward(network, tf.tensor(values, [batch.length, ...trunk.shape]), { after, weights }),
      );
      const features = await rows.data<'float32'>();
      rows.dispose();
      embeddings.append(batch, features);
    }
    return embeddings;
  } catch (error) {
    await embeddings.close();
    throw error;
  } finally {
    dispose();
  }
}
