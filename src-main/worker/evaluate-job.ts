import { join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import type { Picture, SkippedFile } from '../contract/dataset.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { Evaluation, TtaReport } from '../contract/results.ts';
import { skipReasons } from '../contract/skip-reasons.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { scanMemoryFile } from '../engine/dataset/scan-memory.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { evaluate } from '../engine/evaluate/evaluate.ts';
import { classifyPictures } from '../engine/evaluate/classify.ts';
import { classifyViews } from '../engine/evaluate/test-time-augmentation.ts';
import { reportTta, subsetsOf } from '../engine/evaluate/tta-report.ts';
import { groupViews, planViews, type ViewPlan } from '../engine/evaluate/views.ts';
import type { UnreadablePicture } from '../engine/features/pixels.ts';
import { loadClassifier, type Classifier } from '../engine/network/classifier.ts';
import type { JobContext } from './job-context.ts';

export async function evaluateJob(job: JobOf<'evaluate'>, context: JobContext): Promise<JobResults['evaluate']> {
  const classifier = await loadClassifier(job.modelFolder);
  const plan = job.tta === undefined ? null : planViews(job.tta, classifier.imageSize); // refused before anything is read
  const labelled = await readLabelled(job, classifier.labels, context);
  const { entries, skipped, ...counted } = labelled;
  const total = entries.length * (1 + (plan?.views.length ?? 0));
  const files = entries.map(({ path }) => ({ file: join(job.folder, path) }));
  const { rows, unreadable, seconds } = await classifyPictures(classifier, files, {
    signal: context.stopSignal,
    onProgress: (done) => context.report({ type: 'progress', stage: 'evaluate', done, total }),
  });
  skipped.push(...skippedOf(entries, unreadable));
  requirePictures(rows.length, job, classifier);
  const answers = rows.map(({ fileIndex, probabilities }) => ({ ...truthOf(entries, fileIndex), probabilities }));
  const evaluation = evaluate(classifier.labels, answers, counted);
  if (plan === null) return { evaluation, skipped };
  const plain = new Map(rows.map(({ fileIndex, probabilities }) => [fileIndex, probabilities]));
  const plainSeconds = seconds / rows.length;
  return {
    evaluation,
    tta: await measureTta(job, { classifier, plan, labelled, plain, plainSeconds }, context),
    skipped,
  };
}

interface Labelled extends Pick<Evaluation, 'split' | 'choseBestEpoch'> {
  readonly entries: readonly Pick<Picture, 'id' | 'path' | 'className'>[];
  /** Grows as more turn out unreadable. */
  readonly skipped: SkippedFile[];
}

/** The pictures to measure with: those of a run's headline, or all of a folder whose classes the model knows. */
async function readLabelled(
  { folder, headline }: JobOf<'evaluate'>,
  labels: readonly string[],
  { stopSignal }: JobContext,
): Promise<Labelled> {
  if (headline !== undefined) {
    const pictures = assignSplits((await readManifest(headline.manifestFile)).entries, headline.config);
    const split = pictures.some((picture) => picture.split === 'test') ? 'test' : 'validation';
    const entries = pictures.filter((picture) => picture.split === split);
    return { entries, skipped: [], split, choseBestEpoch: split === 'validation' };
  }
  const manifest = await scanFolder(folder, { signal: stopSignal, memoryFile: scanMemoryFile(folder) });
  const known = new Set(labels);
  const skipped: SkippedFile[] = [
    ...manifest.skipped,
    ...manifest.entries
      .filter(({ className }) => !known.has(className))
      .map(({ path, className }) => ({ path, reason: skipReasons.say('unknown-class', { className }) })),
  ];
  const entries = manifest.entries.filter(({ className }) => known.has(className));
  return { entries, skipped, split: 'all', choseBestEpoch: false };
}

interface Measured {
  readonly classifier: Classifier;
  readonly plan: ViewPlan;
  readonly labelled: Labelled;
  /** Probabilities of the pictures as they are, by their place among the entries. */
  readonly plain: ReadonlyMap<number, readonly number[]>;
  /** A picture. */
  readonly plainSeconds: number;
}

/** Sees the same pictures again, in all views. They took a plain pass first, so that both are timed as they come. */
async function measureTta(
  job: JobOf<'evaluate'>,
  { classifier, plan, labelled, plain, plainSeconds }: Measured,
  { report, stopSignal }: JobContext,
): Promise<TtaReport> {
  const { entries, skipped, ...counted } = labelled;
  const { views } = plan;
  const indexes = [...plain.keys()];
  const files = indexes.map((index) => ({ file: join(job.folder, entries[index]?.path ?? '') }));
  const groups = groupViews(views);
  const total = entries.length * (1 + views.length);
  const viewed = await classifyViews(classifier, files, {
    views,
    subsets: subsetsOf(groups),
    signal: stopSignal,
    onProgress: (done) =>
      report({ type: 'progress', stage: 'evaluate', done: total - (files.length - done) * views.length, total }),
  });
  const viewedEntries = indexes.map((index) => entries[index] as Labelled['entries'][number]); // as: keys of the same list
  skipped.push(...skippedOf(viewedEntries, viewed.unreadable)); // gone since the plain pass
  requirePictures(viewed.rows.length, job, classifier);
  const answers = viewed.rows.map(({ fileIndex, probabilities, subsetChoices }) => ({
    ...truthOf(viewedEntries, fileIndex),
    probabilities,
    subsetChoices,
    plainProbabilities: plain.get(indexes[fileIndex] ?? -1) ?? [],
  }));
  const secondsPerPicture = { plain: plainSeconds, tta: viewed.seconds / viewed.rows.length };
  return reportTta(classifier.labels, answers, { ...counted, plan, groups, secondsPerPicture });
}

function truthOf(entries: Labelled['entries'], index: number) {
  const { id, path, className } = entries[index] as Labelled['entries'][number]; // as: a place that the list gave
  return { id, path, truth: className };
}

function skippedOf(entries: Labelled['entries'], unreadable: readonly UnreadablePicture[]): SkippedFile[] {
  return unreadable.map(({ fileIndex, reason }) => ({ path: entries[fileIndex]?.path ?? '', reason }));
}

function requirePictures(count: number, { folder, headline }: JobOf<'evaluate'>, { labels }: Classifier): void {
  if (count > 0) return;
  const wanted =
    headline === undefined
      ? `it needs one sub-folder for each of ${labels.join(', ')}, named so`
      : 'they are gone or unreadable since the run; put them back, or train again';
  throw new EngineError('dataset/empty', `No picture in ${folder} could be evaluated: ${wanted}.`, { folder });
}
