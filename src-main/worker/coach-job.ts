/** The six steps before a run. */
import { join } from 'node:path';
import type { CoachMistake } from '../contract/coach.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import { renderThumbnail } from '../engine/images/thumbnail.ts';
import { openWorkerBackend } from './backend.ts';
import { backboneOf } from './backbone-of.ts';
import { examine } from './examine.ts';
import type { JobContext } from './job-context.ts';
import { readPictures } from './read-pictures.ts';

export async function coachJob(job: JobOf<'coach'>, context: JobContext): Promise<JobResults['coach']> {
  const { folder, config, thumbnailCount } = job;
  const { report } = context;
  const opening = openWorkerBackend();
  opening.catch(() => undefined); // awaited below
  report({ type: 'stage', stage: 'read', total: null });
  const read = await readPictures(job, context);
  const tiers = await opening;
  const backbone = await backboneOf(config, read.classes.length);
  report({ type: 'backend', backend: tiers, backbone: backbone.id });

  report({ type: 'stage', stage: 'features', total: read.candidates.length });
  const examined = await examine({ folder, ...read, backbone, tiers, config }, context);
  return {
    // Since the process started: loading libraries is part of what the user waits for.
    report: { ...examined, seconds: performance.now() / 1000 },
    thumbnails: await thumbnailsOf(folder, examined.mistakes.slice(0, thumbnailCount)),
  };
}

/** Long side of a picture in the report, pixels. */
const THUMBNAIL_SIZE_PX = 160;

/** By picture id, as data URIs. One that cannot be read any more is left out. */
async function thumbnailsOf(folder: string, mistakes: readonly CoachMistake[]): Promise<Record<string, string>> {
  const thumbnails: Record<string, string> = {};
  for (const { id, path } of mistakes) {
    const webp = await renderThumbnail(join(folder, path), THUMBNAIL_SIZE_PX).catch(() => null);
    if (webp !== null) thumbnails[id] = `data:image/webp;base64,${webp.toString('base64')}`;
  }
  return thumbnails;
}
