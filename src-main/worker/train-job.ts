/** One training run from folder to model: the main line of the product, in its order. */
import { join } from 'node:path';
import type { Picture, SkippedFile, Split } from '../contract/dataset.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { Evaluation, ExportReport, TrainReport } from '../contract/results.ts';
import { defaultBackboneId, loadBackbone, type Backbone } from '../engine/backbones/catalogue.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { evaluateHead } from '../engine/evaluate/evaluate-head.ts';
import { exportClassifier } from '../engine/export/export.ts';
import { runPictures } from '../engine/features/run-pictures.ts';
import { openRunner } from '../engine/features/runner.ts';
import { saveClassifier, type Classifier } from '../engine/network/classifier.ts';
import { withHead } from '../engine/network/head.ts';
import { trainHead, type LabelledFeatures, type TrainedHead } from '../engine/train/train-head.ts';
import { openWorkerBackend } from './backend.ts';
import type { JobContext } from './job-context.ts';

export async function trainJob(job: JobOf<'train'>, context: JobContext): Promise<JobResults['train']> {
  const { config } = job;
  const { report, stopSignal } = context;
  const lap = startLaps();

  report({ type: 'stage', stage: 'read', total: null });
  const { classes, candidates, skipped } = await readPictures(job, context);
  const readSeconds = lap();

  const backend = await openWorkerBackend();
  const backbone = await loadBackbone(config.backbone ?? (await defaultBackboneId()));
  report({ type: 'backend', backend, backbone: backbone.id });
  const openSeconds = lap();

  report({ type: 'stage', stage: 'features', total: candidates.length });
  const embedded = await embed(job.folder, candidates, backbone, context);
  skipped.push(...embedded.skipped);
  requireTrainable(embedded.pictures, classes, skipped); // again: what could not be decoded is gone now
  lap();

  report({ type: 'stage', stage: 'train', total: config.epochs });
  const data = labelFeatures(embedded.features, embedded.pictures, classes);
  const trained = await trainHead(data, config, {
    stopSignal,
    onEpoch: (epoch) =>
      report({ type: 'epoch', phase: 'head', of: config.epochs, learningRate: config.learningRate, ...epoch }),
  });
  const trainSeconds = lap();

  report({ type: 'stage', stage: 'evaluate', total: embedded.pictures.length });
  const evaluated = evaluateSplits(data, embedded.pictures, classes, trained);
  const evaluateSeconds = lap();

  const classifier = describeClassifier(job, classes, embedded.pictures, backbone, trained, evaluated);
  await saveClassifier(job.modelFolder, classifier);
  lap();
  const exports = await exportAll(job, classifier, context);
  const exportSeconds = lap();

  const { training, validation, test, headline } = evaluated;
  const summary: TrainReport = {
    classes: [...classes],
    counts: countPictures(embedded.pictures, classes),
    accuracy: {
      train: training.accuracy,
      val: validation.accuracy,
      ...(test === null ? {} : { test: test.accuracy }),
      interval: headline.interval,
    },
    confusion: headline.confusion,
    seconds: {
      decode: readSeconds + embedded.seconds.decode,
      features: openSeconds + embedded.seconds.run,
      train: trainSeconds,
      evaluate: evaluateSeconds,
      export: exportSeconds,
      total: performance.now() / 1000, // since the process started: loading libraries is part of what the user waits for
    },
    backend,
    backbone: backbone.id,
    seed: config.seed,
    epochs: { ran: trained.ranEpochs, best: trained.bestEpoch },
    mode: 'head',
    cut: null,
    skipped,
    exports: [...exports],
  };
  return { report: summary, evaluation: headline, stoppedEarly: trained.stoppedEarly };
}

/** Which pictures there are, and what each is for. */
async function readPictures({ folder, manifestFile, config }: JobOf<'train'>, { report, stopSignal }: JobContext) {
  const manifest =
    manifestFile === null ? await scanFolder(folder, { signal: stopSignal }) : await readManifest(manifestFile);
  for (const file of manifest.skipped) report({ type: 'skipped', file });
  const candidates = assignSplits(manifest.entries, config);
  requireTrainable(candidates, manifest.classes, manifest.skipped);
  return { classes: manifest.classes, candidates, skipped: [...manifest.skipped] };
}

/** Every picture once through the frozen backbone; what cannot be decoded is reported and left out. */
async function embed(
  folder: string,
  candidates: readonly Picture[],
  backbone: Backbone,
  { report, stopSignal }: JobContext,
) {
  const runner = await openRunner(backbone.network);
  const files = candidates.map(({ path }) => join(folder, path));
  const { outputs, fileIndexes, unreadable, seconds } = await runPictures(files, runner, {
    imageSize: backbone.imageSize,
    signal: stopSignal,
    onProgress: (done) => report({ type: 'progress', stage: 'features', done, total: candidates.length }),
  });
  await runner.dispose();
  const skipped = unreadable.map(({ fileIndex, reason }): SkippedFile => ({
    path: candidates[fileIndex]?.path ?? '',
    reason,
  }));
  for (const file of skipped) report({ type: 'skipped', file });
  return { features: outputs, pictures: fileIndexes.flatMap((index) => candidates[index] ?? []), skipped, seconds };
}

function labelFeatures(
  features: Float32Array,
  pictures: readonly Picture[],
  classes: readonly string[],
): LabelledFeatures {
  const numberOf = new Map(classes.map((name, index) => [name, index]));
  return {
    features,
    featureCount: features.length / pictures.length,
    labels: Uint32Array.from(pictures, ({ className }) => numberOf.get(className) ?? 0),
    classCount: classes.length,
    trainingRows: rowsOf(pictures, 'training'),
    validationRows: rowsOf(pictures, 'validation'),
  };
}

function rowsOf(pictures: readonly Picture[], split: Split): Uint32Array {
  return Uint32Array.from(pictures.flatMap((picture, row) => (picture.split === split ? [row] : [])));
}

interface EvaluatedSplits {
  readonly training: Evaluation;
  readonly validation: Evaluation;
  readonly test: Evaluation | null;
  /** The test split's where there is one: nothing was chosen by it. */
  readonly headline: Evaluation;
}

function evaluateSplits(
  { features }: LabelledFeatures,
  pictures: readonly Picture[],
  classes: readonly string[],
  { head }: TrainedHead,
): EvaluatedSplits {
  const evaluateSplit = (split: Split) =>
    evaluateHead(head, features, rowsOf(pictures, split), { pictures, classes, split });
  const validation = evaluateSplit('validation');
  const test = pictures.some(({ split }) => split === 'test') ? evaluateSplit('test') : null;
  return { training: evaluateSplit('training'), validation, test, headline: test ?? validation };
}

/** The model with what a later export check needs. */
function describeClassifier(
  { folder, config }: JobOf<'train'>,
  labels: readonly string[],
  pictures: readonly Picture[],
  backbone: Backbone,
  { head }: TrainedHead,
  { validation, headline }: EvaluatedSplits,
): Classifier {
  const { accuracy, interval, imageCount, split, choseBestEpoch } = headline;
  const sha256Of = new Map(pictures.map(({ id, sha256 }) => [id, sha256]));
  return {
    network: withHead(backbone.network, head),
    labels,
    backbone: backbone.id,
    imageSize: backbone.imageSize,
    licence: backbone.licence,
    provenance: {
      trainedAt: new Date().toISOString(),
      config,
      counts: countPictures(pictures, labels),
      accuracy,
      interval,
      imageCount,
      split,
      choseBestEpoch,
    },
    validation: validation.predictions.map(({ id, path, probabilities }) => ({
      file: join(folder, path),
      sha256: sha256Of.get(id),
      probabilities,
    })),
  };
}

/** Written, reopened, and run over the validation pictures. */
async function exportAll(
  { exports: order }: JobOf<'train'>,
  classifier: Classifier,
  { report }: JobContext,
): Promise<readonly ExportReport[]> {
  if (order === null) return [];
  report({ type: 'stage', stage: 'export', total: order.formats.length });
  return exportClassifier(classifier, {
    order,
    onProgress: (done, total) => report({ type: 'progress', stage: 'export', done, total }),
    onReport: (exported) => report({ type: 'exported', report: exported }),
  });
}

function countPictures(pictures: readonly Picture[], classes: readonly string[]): TrainReport['counts'] {
  const countIn = (split: Split) => pictures.filter((picture) => picture.split === split).length;
  const countOf = (name: string) => pictures.filter(({ className }) => className === name).length;
  return {
    train: countIn('training'),
    val: countIn('validation'),
    ...(countIn('test') === 0 ? {} : { test: countIn('test') }),
    byClass: Object.fromEntries(classes.map((name) => [name, countOf(name)])),
  };
}

/** Seconds since the call before. */
function startLaps(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
