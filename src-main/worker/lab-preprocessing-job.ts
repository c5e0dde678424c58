import { join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import { DEFAULT_TRAIN_CONFIG } from '../contract/training.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { readPixels } from '../engine/features/pixels.ts';
import { comparePreprocessing } from '../engine/train/preprocess/compare.ts';
import type { JobContext } from './job-context.ts';

/** Pictures that are decoded, evenly chosen. More change no statistic that anybody could see. */
const MOST_PICTURES = 2000;

/** @throws EngineError `dataset/empty` where no training picture can be read; the signal's reason on a stop. */
export async function labPreprocessingJob(
  { folder, manifestFile, sizePx, components }: JobOf<'lab-preprocessing'>,
  { report, stopSignal: signal }: JobContext,
): Promise<JobResults['lab-preprocessing']> {
  const { entries } = await readManifest(manifestFile);
  const training = assignSplits(entries, DEFAULT_TRAIN_CONFIG).filter(({ split }) => split === 'training');
  const total = Math.min(training.length, MOST_PICTURES);
  const files = Array.from({ length: total }, (_, index) => {
    const picture = training[Math.floor((index * training.length) / total)];
    return { file: join(folder, picture?.path ?? '') };
  });
  const length = sizePx * sizePx * 3;
  const pixels = new Uint8Array(total * length);
  let [count, done] = [0, 0];
  for await (const { decoded } of readPixels(files, { sizePx, signal })) {
    if (decoded.ok) pixels.set(decoded.pixels, length * count++);
    report({ type: 'progress', stage: 'features', done: ++done, total });
  }
  if (count === 0) {
    const message = `None of the ${total} training pictures in ${folder} can be read. Put the pictures back and scan the folder again.`;
    throw new EngineError('dataset/empty', message, { folder });
  }
  return comparePreprocessing(pixels.subarray(0, count * length), { sizePx, components });
}
