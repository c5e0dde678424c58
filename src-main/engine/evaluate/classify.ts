import type { PictureFile, UnreadablePicture } from '../features/pixels.ts';
import { openRunner } from '../features/runner.ts';
import { runPictures, type RunOptions } from '../features/run-pictures.ts';
import type { Classifier } from '../network/classifier.ts';

/** What a classifier says of one file. */
export interface ClassifiedPicture {
  readonly fileIndex: number;
  /** In the order of the classifier's labels. */
  readonly probabilities: readonly number[];
}

/**
 * Runs a whole classifier, backbone and head in one network, over pictures.
 *
 * @returns  `seconds`: wall-clock of it all, the network's loading apart.
 */
export async function classifyPictures(
  { network, labels, imageSize }: Pick<Classifier, 'network' | 'labels' | 'imageSize'>,
  pictures: readonly PictureFile[],
  options: Omit<RunOptions, 'imageSize'>,
): Promise<{ rows: ClassifiedPicture[]; unreadable: readonly UnreadablePicture[]; seconds: number }> {
  const runner = await openRunner(network);
  const started = performance.now();
  try {
    const { outputs, fileIndexes, unreadable } = await runPictures(pictures, runner, { imageSize, ...options });
    const rows = fileIndexes.map((fileIndex, row) => ({
      fileIndex,
      probabilities: Array.from(outputs.subarray(row * labels.length, (row + 1) * labels.length)),
    }));
    return { rows, unreadable, seconds: (performance.now() - started) / 1000 };
  } finally {
    await runner.dispose();
  }
}
