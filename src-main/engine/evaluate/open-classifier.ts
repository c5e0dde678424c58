import { openRunner } from '../features/runner.ts';
import { decodeImage } from '../images/decode.ts';
import type { Refusal } from '../images/refusal.ts';
import type { Classifier } from '../network/classifier.ts';

/** A classifier that stays open, for pictures that come a few at a time. */
export interface OpenClassifier {
  /** What runs it: "ONNX Runtime 1.30.0 (CPU)". */
  readonly engine: string;
  /**
   * Decodes a batch side by side and runs it through the network together.
   *
   * @param pictures  bytes of files. Borrowed until the promise settles.
   * @returns         one for each: probabilities in the order of the labels, or why the picture cannot be used.
   */
  classify(
    pictures: readonly Uint8Array[],
  ): Promise<({ readonly ok: true; readonly probabilities: readonly number[] } | Refusal)[]>;
  dispose(): Promise<void>;
}

/**
 * Opens a classifier on this machine's fastest engine. Its answers are those of `classifyPictures`: the same decoder, the
 * same network.
 *
 * @throws InvalidNetworkError if the network cannot run.
 */
export async function openClassifier({
  network,
  labels,
  imageSize,
}: Pick<Classifier, 'network' | 'labels' | 'imageSize'>): Promise<OpenClassifier> {
  const runner = await openRunner(network);
  const pictureLength = imageSize * imageSize * 3;
  return {
    engine: runner.engine,
    async classify(pictures) {
      const decoded = await Promise.all(pictures.map((bytes) => decodeImage(asBuffer(bytes), imageSize)));
      const readable = decoded.filter((picture) => picture.ok);
      if (readable.length === 0) return decoded.filter((picture) => !picture.ok);
      const batch = new Uint8Array(readable.length * pictureLength);
      for (const [row, { pixels }] of readable.entries()) batch.set(pixels, row * pictureLength);
      const outputs = await runner.run(batch, readable.length);
      let row = 0;
      return decoded.map((picture) => {
        if (!picture.ok) return picture;
        const start = row++ * labels.length;
        return { ok: true, probabilities: Array.from(outputs.subarray(start, start + labels.length)) };
      });
    },
    dispose: () => runner.dispose(),
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
