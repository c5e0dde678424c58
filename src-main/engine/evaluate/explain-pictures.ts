import { readPixels, type PictureFile, type UnreadablePicture } from '../features/pixels.ts';
import type { ExplainedPicture, Explainer } from './heat-map.ts';

/** A file that could be read, as the network saw it. */
export interface ExplainedPixels {
  readonly fileIndex: number;
  /** uint8 [size, size, 3], RGB. */
  readonly pixels: Uint8Array;
  readonly explained: ExplainedPicture;
}

interface ExplainOptions {
  /** Side of the square that the network sees, pixels. */
  readonly imageSize: number;
  readonly signal?: AbortSignal | undefined;
}

/** As many as `runPictures` runs together. */
const BATCH_SIZE = 16;

/**
 * Explains files in their order, while the next are decoded. One batch of them is held at a time.
 *
 * @returns those that can be read, a batch late, and those that cannot.
 * @throws the signal's reason within one batch of an abort.
 */
export async function* explainPictures(
  explainer: Explainer,
  pictures: readonly PictureFile[],
  { imageSize, signal }: ExplainOptions,
): AsyncGenerator<ExplainedPixels | UnreadablePicture, void, undefined> {
  let batch: { readonly fileIndex: number; readonly pixels: Uint8Array }[] = [];

  async function explainBatch(): Promise<ExplainedPixels[]> {
    const taken = batch;
    batch = [];
    if (taken.length === 0) return [];
    const length = imageSize * imageSize * 3;
    const pixels = new Uint8Array(taken.length * length);
    taken.forEach((picture, at) => pixels.set(picture.pixels, at * length));
    const explained = await explainer.explain(pixels, taken.length);
    return taken.map((picture, at) => ({ ...picture, explained: explained[at] as ExplainedPicture })); // as: one a picture
  }

  for await (const { index, decoded } of readPixels(pictures, { sizePx: imageSize, signal })) {
    signal?.throwIfAborted();
    if (decoded.ok) batch.push({ fileIndex: index, pixels: decoded.pixels });
    else yield { fileIndex: index, reason: decoded.reason };
    if (batch.length === BATCH_SIZE) yield* await explainBatch();
  }
  yield* await explainBatch();
}
