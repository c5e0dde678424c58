import type { JobOf, JobResults } from '../contract/jobs.ts';
import { drawSample } from '../engine/images/sample.ts';
import type { JobContext } from './job-context.ts';

export async function drawSampleJob(
  { folder, imagesPerClass, seed }: JobOf<'draw-sample'>,
  { stopSignal }: JobContext,
): Promise<JobResults['draw-sample']> {
  stopSignal.throwIfAborted();
  return { imageCount: await drawSample(folder, { imagesPerClass, seed }) };
}
