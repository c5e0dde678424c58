/** Which values the nodes of a classifier take on pictures like those that it was trained with: what 8-bit formats are cut to. */
import { resolve } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import type { Calibration } from '../../contract/results.ts';
import { listFiles } from '../dataset/list-files.ts';
import { MAX_CALIBRATION_PICTURES } from '../dataset/calibration-sample.ts';
import { measureNodes, type NodeStatistics } from '../features/node-statistics.ts';
import type { Classifier } from '../network/classifier.ts';
import { createRandom, shuffle } from '../random.ts';
import { unchanged } from './unchanged.ts';

interface CalibrateOptions {
  /** Pictures that calibrate in place of those that the training has noted. */
  readonly folder: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Calibrated extends Calibration {
  readonly statistics: ReadonlyMap<string, NodeStatistics>;
}

/**
 * Runs a classifier's own network over the training pictures that are set apart for this, or over those of a folder.
 *
 * @param nodes  names of those to look at.
 * @throws EngineError `export/uncalibrated` where there is no picture to do it with; the signal's reason on an abort.
 */
export async function calibrate(
  { network, imageSize, calibration }: Classifier,
  nodes: readonly string[],
  { folder, signal, onProgress }: CalibrateOptions,
): Promise<Calibrated> {
  const all = folder === undefined ? calibration : await sampleOf(folder);
  if (all === undefined)
    throw uncalibrated('this model was trained by an earlier Fovea, which noted no pictures for that');
  const pictures = await unchanged(all);
  signal?.throwIfAborted();
  const { statistics, pictureCount } = await measureNodes(
    network,
    nodes,
    pictures.map(({ file }) => ({ file })),
    {
      imageSize,
      ...(signal ? { signal } : {}),
      onProgress: (done) => onProgress?.(done, pictures.length),
    },
  );
  if (pictureCount === 0)
    throw uncalibrated(
      folder === undefined
        ? `all ${all.length} training pictures that were noted for that are gone, changed or unreadable`
        : `${resolve(folder)} holds no picture that can be read`,
    );
  return { statistics, pictureCount, leftOutCount: all.length - pictureCount };
}

/** The same pictures each time, drawn by their names' order. */
async function sampleOf(folder: string): Promise<{ readonly file: string; readonly sha256?: string }[]> {
  const { files } = await listFiles([folder]);
  return shuffle(files.toSorted(), createRandom(0))
    .slice(0, MAX_CALIBRATION_PICTURES)
    .map((file) => ({ file }));
}

function uncalibrated(reason: string): EngineError {
  return new EngineError(
    'export/uncalibrated',
    `An 8-bit format is calibrated on training pictures, but ${reason}. Train again, give a folder with pictures of all classes (fovea export --calibrate FOLDER), or export to tflite-f16, which needs none.`,
    { reason },
  );
}
