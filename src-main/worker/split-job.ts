/** How the pictures of a dataset would be split, exactly as a run with these settings splits them. */
import type { JobOf, JobResults } from '../contract/jobs.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { countSplits } from '../engine/dataset/summary.ts';

export async function splitJob({ manifestFile, config }: JobOf<'split'>): Promise<JobResults['split']> {
  return countSplits(await readManifest(manifestFile), config);
}
