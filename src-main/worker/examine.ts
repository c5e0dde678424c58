/** The six steps on the pictures of a run: to what training will read, as training gets it, then the coach. */
import type { CoachMistake, CoachReport } from '../contract/coach.ts';
import type { Picture, SkippedFile } from '../contract/dataset.ts';
import type { Backend, TrainConfig } from '../contract/training.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { coach, type Coached } from '../engine/coach/coach.ts';
import { headSubject, scratchSubject } from '../engine/coach/subject-of.ts';
import type { LabelledRows, Subject } from '../engine/coach/subject.ts';
import { createTailSubject } from '../engine/coach/tail-subject.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { withTrunk } from '../engine/features/runner.ts';
import { cutOf } from '../engine/features/trunk.ts';
import { rowsOf } from './evaluate-splits.ts';
import { prepareExamples, type Examples } from './examples.ts';
import type { JobContext } from './job-context.ts';
import { labelsOf } from './read-pictures.ts';

/** Mistakes that a report names. */
const MISTAKE_COUNT = 24;

interface Examination {
  readonly folder: string;
  readonly classes: readonly string[];
  readonly candidates: readonly Picture[];
  readonly skipped: readonly SkippedFile[];
  readonly backbone: Backbone;
  readonly tiers: Backend;
  readonly config: TrainConfig;
}

/** Reports each step as it begins and as it ends. @throws the signal's reason on an abort. */
export async function examine(order: Examination, context: JobContext): Promise<Omit<CoachReport, 'seconds'>> {
  const { folder, classes, candidates, skipped, backbone, tiers, config } = order;
  const { report, stopSignal: signal } = context;
  const examined = examinedOf(config);
  const cut = cutOf(examined, backbone);
  // The head's embeddings are wanted of every fine-tuning: a head says in seconds whether the labels mean something.
  const wanted = { folder, candidates, backbone, cut, config: { ...examined, headFirst: true } };
  const examples = await prepareExamples(wanted, context);
  try {
    const { pictures, ranOn, skipped: unreadable } = examples;
    if (ranOn !== null) report({ type: 'backend', backend: withTrunk(tiers, ranOn), backbone: backbone.id });
    for (const file of unreadable) report({ type: 'skipped', file });
    requireTrainable(pictures, classes, [...skipped, ...unreadable]); // again: what could not be decoded is gone now
    const rows = { trainingRows: rowsOf(pictures, 'training'), validationRows: rowsOf(pictures, 'validation') };
    const labelled = { labels: labelsOf(pictures, classes), classCount: classes.length, ...rows };
    const { subject, head } = await subjectsOf(examples, labelled, { backbone, cut, config: examined });
    const { steps, proposal, mistakes } = await coach(subject, examined, {
      classNames: classes,
      ...(head && { head }),
      signal,
      onStart: (step) => report({ type: 'coach-start', step }),
      onStep: (step) => report({ type: 'coach-step', step }),
    });
    return {
      steps: [...steps],
      proposal,
      config,
      backbone: backbone.id,
      classes: [...classes],
      counts: { training: rows.trainingRows.length, validation: rows.validationRows.length },
      mistakes: mistakes.slice(0, MISTAKE_COUNT).flatMap((mistake) => nameMistake(mistake, pictures, classes)),
    };
  } finally {
    await examples.close();
  }
}

/** Variants that are new in every epoch would each need a pass through the backbone: the pictures are then taken as they are. */
function examinedOf(config: TrainConfig): TrainConfig {
  if (config.mode === 'scratch' || config.augmentation !== 'live') return config;
  return { ...config, augmentation: 'off' };
}

/** What the run leaves, and the head that it begins with or that its labels can be asked with. */
async function subjectsOf(
  { embeddings, activations }: Pick<Examples, 'embeddings' | 'activations'>,
  labelled: LabelledRows,
  { backbone, cut, config }: { readonly backbone: Backbone; readonly cut: string | null; readonly config: TrainConfig },
): Promise<{ readonly subject: Subject; readonly head: Subject | null }> {
  const { network } = backbone;
  if (config.mode === 'scratch' && activations)
    return { subject: await scratchSubject({ ...labelled, source: activations }, config), head: null };
  if (embeddings === null) throw new Error('There is nothing to learn from');
  const head = await headSubject({ ...labelled, source: embeddings }, network, config);
  if (cut === null || activations === null) return { subject: head, head: null };
  const start = config.headFirst ? embeddings : null;
  return {
    subject: createTailSubject({ ...labelled, backbone: network, cut, activations, embeddings: start }, config),
    head,
  };
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
