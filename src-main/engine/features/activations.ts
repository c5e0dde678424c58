/**
 * The frozen part of a network over many pictures, each once: what earlier runs have stored is not computed again.
 *
 * Decoding runs ahead in libvips' threads; augmentation and the network take turns on this one, a batch at a time. What
 * comes out goes straight to the cache, so memory does not depend on how many pictures there are, and a run that is
 * stopped or killed keeps what it has computed.
 */
import type { ActivationCache } from './activation-cache.ts';
import type { CachedTable } from './cached-table.ts';
import { needsDecoding, readPixels, type UnreadablePicture } from './pixels.ts';
import { openRunner, type TrunkReport } from './runner.ts';
import { openVariants, type Augmenting } from './tables.ts';
import { rowBytes, valueCount, type Trunk } from './trunk.ts';
import { putVariant } from './variants.ts';

/** A picture, and in how many variants it is wanted; the first is the picture as it is. */
export interface WantedPicture {
  readonly file: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  readonly variantCount: number;
}

export interface StoredActivations {
  /** By variant. Of pictures that could be read, every variant that was wanted is there. */
  readonly tables: readonly CachedTable[];
  readonly unreadable: readonly UnreadablePicture[];
  /** What ran the network; null where nothing was left to compute. */
  readonly ranOn: TrunkReport | null;
  /** Passes through the network: done now, and found. */
  readonly computedCount: number;
  readonly reusedCount: number;
  /** Pictures that were decoded, and variants that were made, for that. */
  readonly decodedCount: number;
  readonly variedCount: number;
  /** Wall-clock: waiting for pictures, augmenting, running the network. */
  readonly seconds: { readonly decode: number; readonly augment: number; readonly run: number };
  close(): Promise<void>;
}

interface StoreOptions {
  readonly cache: ActivationCache;
  readonly augmenting: Augmenting;
  /** Where decoded pictures are kept, so that another cut, backbone or variant finds them; null: nowhere. */
  readonly kept: CachedTable | null;
  readonly signal?: AbortSignal;
  /** Called with the number of pictures that are done. */
  readonly onProgress?: (done: number) => void;
}

/** Pictures that go through the network together: 8 to 32 are equally fast on a CPU, and memory grows with them. */
const BATCH_SIZE = 16;

/**
 * Computes and stores what is missing of the wanted activations.
 *
 * @throws EngineError `cache/too-small` before anything is computed; the signal's reason within one batch of an abort.
 */
export async function storeActivations(
  pictures: readonly WantedPicture[],
  trunk: Trunk,
  options: StoreOptions,
): Promise<StoredActivations> {
  const { cache, augmenting, kept } = options;
  const variantCount = pictures.reduce((most, picture) => Math.max(most, picture.variantCount), 1);
  const tables = await openVariants(cache, trunk, augmenting, variantCount);
  const close = async () => {
    for (const table of tables) await table.close();
  };
  try {
    const todo: Todo[] = pictures.map((picture, index) => ({
      index,
      ...picture,
      variants: missingVariants(picture, tables),
    }));
    const wantedCount = pictures.reduce((sum, picture) => sum + picture.variantCount, 0);
    const computedCount = todo.reduce((sum, { variants }) => sum + variants.length, 0);
    const decodedCount = todo.filter(({ sha256, variants }) => variants.length > 0 && !kept?.has(sha256)).length;
    const variedCount = todo.reduce((sum, { variants }) => sum + variants.filter((variant) => variant > 0).length, 0);
    const pixelBytes = kept === null ? 0 : decodedCount * trunk.backbone.imageSize ** 2 * 3;
    await cache.makeRoom(computedCount * rowBytes(trunk) + pixelBytes);
    const computed = await computeMissing(todo, { ...options, trunk, tables });
    return {
      tables,
      ...computed,
      decodedCount,
      variedCount,
      computedCount,
      reusedCount: wantedCount - computedCount,
      close,
    };
  } catch (error) {
    await close(); // what was computed stays for the next run
    throw error;
  }
}

interface Todo extends WantedPicture {
  readonly index: number;
  /** Those that are still to be computed. */
  readonly variants: readonly number[];
}

function missingVariants({ sha256, variantCount }: WantedPicture, tables: readonly CachedTable[]): number[] {
  return tables.flatMap((table, variant) => (variant < variantCount && !table.has(sha256) ? [variant] : []));
}

async function computeMissing(
  pictures: readonly Todo[],
  {
    trunk,
    tables,
    kept,
    augmenting,
    signal,
    onProgress,
  }: StoreOptions & Pick<StoredActivations, 'tables'> & { trunk: Trunk },
): Promise<Pick<StoredActivations, 'unreadable' | 'seconds' | 'ranOn'>> {
  const unreadable: UnreadablePicture[] = [];
  const seconds = { decode: 0, augment: 0, run: 0 };
  const todo = pictures.filter(({ variants }) => variants.length > 0);
  let doneCount = pictures.length - todo.length;
  onProgress?.(doneCount);
  if (todo.length === 0) return { unreadable, seconds, ranOn: null };

  const { imageSize } = trunk.backbone;
  const pictureLength = imageSize * imageSize * 3;
  const rowLength = valueCount(trunk);
  const batch = new Uint8Array(BATCH_SIZE * pictureLength);
  const destinations: { readonly table: CachedTable; readonly sha256: string }[] = [];
  const output = trunk.precision === 'float16' ? 'float16' : 'float32';
  const runner = await openRunner(trunk.network, { output, competes: needsDecoding(todo, kept) });

  function add(pixels: Uint8Array, { sha256 }: Todo, variant: number): void {
    const table = tables[variant];
    if (table === undefined) return;
    const place = batch.subarray(destinations.length * pictureLength, (destinations.length + 1) * pictureLength);
    const started = performance.now();
    putVariant(pixels, { place, imageSize, sha256, variant, augmenting });
    seconds.augment += secondsSince(started);
    destinations.push({ table, sha256 });
  }

  async function runBatch(): Promise<void> {
    if (destinations.length === 0) return;
    const started = performance.now();
    const rows = await runner.run(batch.subarray(0, destinations.length * pictureLength), destinations.length);
    seconds.run += secondsSince(started);
    for (const [row, { table, sha256 }] of destinations.entries())
      table.append([sha256], rows.subarray(row * rowLength, (row + 1) * rowLength));
    destinations.length = 0;
  }

  try {
    let waitingSince = performance.now();
    for await (const { index, decoded } of readPixels(todo, { sizePx: imageSize, kept, signal })) {
      signal?.throwIfAborted();
      seconds.decode += secondsSince(waitingSince);
      const picture = todo[index] as Todo; // `readPixels` numbers what it was given
      if (!decoded.ok) unreadable.push({ fileIndex: picture.index, reason: decoded.reason });
      else {
        for (const variant of picture.variants) {
          add(decoded.pixels, picture, variant);
          if (destinations.length === BATCH_SIZE) await runBatch();
        }
      }
      onProgress?.(++doneCount);
      waitingSince = performance.now();
    }
    await runBatch();
  } finally {
    await runner.dispose();
  }
  const { engine, whyNotBetter } = runner;
  return { unreadable, seconds, ranOn: { engine, whyNotBetter } };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;
