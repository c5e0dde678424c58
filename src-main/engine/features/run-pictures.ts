import type { CachedTable } from './cached-table.ts';
import { readPixels, type PictureFile, type UnreadablePicture } from './pixels.ts';
import type { Runner } from './runner.ts';

/** What the network says of the pictures that could be read. */
export interface PictureOutputs {
  /** float32 [readable pictures, outputCount]. */
  readonly outputs: Float32Array;
  /** For each row, which picture it belongs to: in their order, where none was kept. */
  readonly fileIndexes: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
  /** Wall-clock: how long the network waited for pictures, and how long it worked. */
  readonly seconds: { readonly decode: number; readonly run: number };
}

export interface RunOptions {
  /** Side of the square that the network sees, pixels. */
  readonly imageSize: number;
  /** Where decoded pictures are kept; absent: nowhere. */
  readonly kept?: CachedTable | null;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Pictures that go through the network together. More gain nothing on a CPU and cost memory. */
const BATCH_SIZE = 16;

/**
 * Runs pictures through a frozen network. Decoding runs ahead of it in a bounded pool.
 *
 * @throws the signal's reason within one batch of an abort.
 */
export async function runPictures(
  pictures: readonly PictureFile[],
  runner: Runner,
  { imageSize, kept, onProgress, signal }: RunOptions,
): Promise<PictureOutputs> {
  const outputs = new Float32Array(pictures.length * runner.outputCount);
  const fileIndexes: number[] = [];
  const unreadable: UnreadablePicture[] = [];
  const pictureLength = imageSize * imageSize * 3;
  const batch = new Uint8Array(BATCH_SIZE * pictureLength);
  const seconds = { decode: 0, run: 0 };
  let batchCount = 0;
  let rowCount = 0;
  let doneCount = 0;

  async function runBatch(): Promise<void> {
    if (batchCount === 0) return;
    const started = performance.now();
    const rows = await runner.run(batch.subarray(0, batchCount * pictureLength), batchCount);
    outputs.set(rows, rowCount * runner.outputCount);
    seconds.run += (performance.now() - started) / 1000;
    rowCount += batchCount;
    batchCount = 0;
  }

  let waitingSince = performance.now();
  for await (const { index, decoded } of readPixels(pictures, { sizePx: imageSize, kept, signal })) {
    signal?.throwIfAborted();
    seconds.decode += (performance.now() - waitingSince) / 1000;
    if (decoded.ok) {
      batch.set(decoded.pixels, batchCount++ * pictureLength);
      fileIndexes.push(index);
    } else {
      unreadable.push({ fileIndex: index, reason: decoded.reason });
    }
    if (batchCount === BATCH_SIZE) await runBatch();
    onProgress?.(++doneCount);
    waitingSince = performance.now();
  }
  await runBatch();
  return { outputs: outputs.subarray(0, rowCount * runner.outputCount), fileIndexes, unreadable, seconds };
}
