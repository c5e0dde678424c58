/** The six steps before a run: pictures to embeddings, as training does it, then the coach. */
import { join } from 'node:path';
import type { Picture } from '../contract/dataset.ts';
import type { CoachMistake } from '../contract/coach.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { TrainConfig } from '../contract/training.ts';
import { coach, type Coached } from '../engine/coach/coach.ts';
import { headSubject, scratchSubject } from '../engine/coach/subject-of.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { withTrunk } from '../engine/features/runner.ts';
import { renderThumbnail } from '../engine/images/thumbnail.ts';
import { cutOf } from '../engine/features/trunk.ts';
import { openWorkerBackend } from './backend.ts';
import { backboneOf } from './backbone-of.ts';
import { rowsOf } from './evaluate-splits.ts';
import { prepareExamples } from './examples.ts';
import type { JobContext } from './job-context.ts';
import { labelsOf, readPictures } from './read-pictures.ts';

/** Mistakes that a report names. */
const MISTAKE_COUNT = 24;

export async function coachJob(job: JobOf<'coach'>, context: JobContext): Promise<JobResults['coach']> {
  const { folder, config, thumbnailCount } = job;
  const { report, stopSignal } = context;
  const opening = openWorkerBackend();
  opening.catch(() => undefined); // awaited below
  report({ type: 'stage', stage: 'read', total: null });
  const { classes, candidates, skipped } = await readPictures(job, context);
  const tiers = await opening;
  const backbone = await backboneOf(config, classes.length);
  report({ type: 'backend', backend: tiers, backbone: backbone.id });

  report({ type: 'stage', stage: 'features', total: candidates.length });
  const examined = examinedOf(config);
  const order = { folder, candidates, backbone, cut: cutOf(examined, backbone), config: examined };
  const {
    pictures,
    embeddings,
    activations,
    ranOn,
    skipped: unreadable,
    close,
  } = await prepareExamples(order, context);
  try {
    const source = activations ?? embeddings;
    if (source === null) throw new Error('There is nothing to learn from');
    if (ranOn !== null) report({ type: 'backend', backend: withTrunk(tiers, ranOn), backbone: backbone.id });
    for (const file of unreadable) report({ type: 'skipped', file });
    requireTrainable(pictures, classes, [...skipped, ...unreadable]); // again: what could not be decoded is gone now
    const rows = { trainingRows: rowsOf(pictures, 'training'), validationRows: rowsOf(pictures, 'validation') };
    const data = { source, labels: labelsOf(pictures, classes), classCount: classes.length, ...rows };
    const subject =
      examined.mode === 'scratch'
        ? await scratchSubject(data, examined)
        : await headSubject(data, backbone.network, examined);
    const { steps, proposal, mistakes } = await coach(subject, examined, {
      classNames: classes,
      signal: stopSignal,
      onStart: (step) => report({ type: 'coach-start', step }),
      onStep: (step) => report({ type: 'coach-step', step }),
    });
    const named = mistakes.slice(0, MISTAKE_COUNT).flatMap((mistake) => nameMistake(mistake, pictures, classes));
    return {
      report: {
        steps: [...steps],
        proposal,
        config,
        backbone: backbone.id,
        classes: [...classes],
        counts: { training: rows.trainingRows.length, validation: rows.validationRows.length },
        mistakes: named,
        seconds: performance.now() / 1000, // since the process started: loading libraries is part of what the user waits for
      },
      thumbnails: await thumbnailsOf(folder, named.slice(0, thumbnailCount)),
    };
  } finally {
    await close();
  }
}

/**
 * What is examined is a network from scratch, or the head on the frozen backbone: the whole of a run in mode `head`, the start of
 * fine-tuning. Variants that are new in every epoch would each need a pass through the backbone, so that the pictures are then
 * taken as they are.
 */
function examinedOf(config: TrainConfig): TrainConfig {
  if (config.mode === 'scratch') return config;
  return { ...config, mode: 'head', augmentation: config.augmentation === 'live' ? 'off' : config.augmentation };
}

function nameMistake(
  { row, wrongShare, answer }: Coached['mistakes'][number],
  pictures: readonly Picture[],
  classes: readonly string[],
): CoachMistake[] {
  const picture = pictures[row];
  if (picture === undefined) return [];
  const { id, path, className } = picture;
  return [{ id, path, truth: className, predicted: classes[answer] ?? '', wrongShare }];
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
