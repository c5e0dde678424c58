/** One training run from folder to model: the main line of the product, in its order. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CoachSummary } from '../contract/coach.ts';
import type { Picture } from '../contract/dataset.ts';
import type { DiagnosticsRecord } from '../contract/diagnostics.ts';
import { EngineError } from '../contract/errors.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { ExportResult, TrainReport } from '../contract/results.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { classifyPictures } from '../engine/evaluate/classify.ts';
import { argMax } from '../engine/evaluate/metrics.ts';
import { predictBehind, predictRows } from '../engine/evaluate/predict-rows.ts';
import { isLong } from '../engine/features/cost.ts';
import { rememberPace, type MeasuredPace } from '../engine/features/pace.ts';
import { withTrunk } from '../engine/features/runner.ts';
import { cutOf } from '../engine/features/trunk.ts';
import { saveClassifier, type Classifier } from '../engine/network/classifier.ts';
import { learn, type Learned } from '../engine/train/learn.ts';
import { summariseDiagnostics } from '../engine/train/summarise-diagnostics.ts';
import { openWorkerBackend } from './backend.ts';
import { backboneOf } from './backbone-of.ts';
import { countPictures, describeClassifier } from './describe-classifier.ts';
import { costsOf } from './estimate-job.ts';
import { evaluateSplits, rowsOf, type Predict } from './evaluate-splits.ts';
import { examine } from './examine.ts';
import { prepareExamples, type Examples } from './examples.ts';
import type { JobContext } from './job-context.ts';
import { labelsOf, readPictures } from './read-pictures.ts';
import { requirePossible } from './require-possible.ts';

export async function trainJob(job: JobOf<'train'>, context: JobContext): Promise<JobResults['train']> {
  const { folder, config } = job;
  const { report, stopSignal } = context;
  const lap = startLaps();

  const opening = openWorkerBackend(); // where it has to be tried first, that takes a second: meanwhile the folder is read
  opening.catch(() => undefined); // awaited below
  report({ type: 'stage', stage: 'read', total: null });
  const { classes, candidates, skipped } = await readPictures(job, context);
  const readSeconds = lap();

  const tiers = await opening;
  const backbone = await backboneOf(config, classes.length);
  const cut = cutOf(config, backbone);
  const trainingCount = rowsOf(candidates, 'training').length;
  requirePossible({ config, backbone, classCount: classes.length, trainingCount });
  report({ type: 'backend', backend: tiers, backbone: backbone.id });
  const openSeconds = lap();

  const cost = (await costsOf(candidates, backbone, config))[config.augmentation];
  report({ type: 'cost', cost });

  report({ type: 'stage', stage: 'features', total: candidates.length });
  const isGoneOn = job.checkpointFile !== null && existsSync(job.checkpointFile); // it was examined when it began
  const isExamined = config.coach && isLong(cost) && !isGoneOn;
  const order = { folder, classes, candidates, skipped, backbone, tiers, config };
  const coached = isExamined ? await examineFirst(order, context) : null;
  const examples = await prepareExamples({ folder, candidates, backbone, cut, config }, context);
  try {
    const { pictures, ranOn } = examples;
    const backend = ranOn === null ? tiers : withTrunk(tiers, ranOn);
    if (backend.trunk !== tiers.trunk) report({ type: 'backend', backend, backbone: backbone.id });
    for (const file of examples.skipped) {
      report({ type: 'skipped', file });
      skipped.push(file);
    }
    requireTrainable(pictures, classes, skipped); // again: what could not be decoded is gone now
    lap();

    report({
      type: 'stage',
      stage: 'train',
      total: config.epochs + (cut === null || config.mode === 'scratch' ? 0 : config.tuneEpochs),
    });
    const rows = { trainingRows: rowsOf(pictures, 'training'), validationRows: rowsOf(pictures, 'validation') };
    const labels = labelsOf(pictures, classes);
    const watchedPlaces = spread(rows.validationRows.length, MOST_WATCHED);
    const watched = watchedPlaces.flatMap((place) => {
      const row = rows.validationRows[place] ?? 0;
      const picture = pictures[row];
      return picture === undefined ? [] : [{ id: picture.id, truth: labels[row] ?? 0 }];
    });
    report({ type: 'watched', classes: [...classes], pictures: watched });
    const records: DiagnosticsRecord[] = [...(job.earlierDiagnostics ?? [])];
    const learned = await learn(
      {
        ...examples,
        ...rows,
        labels,
        classCount: classes.length,
        backbone: backbone.network,
        cut,
        fingerprint: fingerprintOf(pictures),
      },
      config,
      {
        stopSignal,
        checkpointFile: job.checkpointFile,
        watchedPlaces,
        onEpoch: ({ predicted, ...epoch }) =>
          report({ type: 'epoch', ...epoch, ...(predicted && { predicted: [...predicted] }) }),
        onDiagnostics(record) {
          records.push(record);
          report({ type: 'diagnostics', ...record });
        },
      },
    );
    const trainSeconds = lap();

    report({ type: 'stage', stage: 'evaluate', total: pictures.length });
    const predict = predictor(job, learned, examples, { labels: classes, backbone });
    const evaluated = await evaluateSplits(pictures, classes, predict);
    const trainingAccuracy = learned.trainingAccuracy ?? (await accuracyOf(predict, rows.trainingRows, labels));
    const evaluateSeconds = lap();

    const { network } = learned;
    const classifier = describeClassifier({ folder, config, labels: classes, pictures, backbone, network, evaluated });
    await saveClassifier(job.modelFolder, classifier);
    if (job.checkpointFile !== null) await rm(job.checkpointFile, { force: true });
    lap();
    const { exports, refused } = await exportAll(job, classifier, context);
    const exportSeconds = lap();

    const { validation, test, headline } = evaluated;
    const { decode, augment, run } = examples.seconds;
    const diagnostics = summariseDiagnostics(records, learned.bestEpoch);
    const summary: TrainReport = {
      classes: [...classes],
      counts: countPictures(pictures, classes),
      accuracy: {
        train: trainingAccuracy,
        val: validation.accuracy,
        ...(test === null ? {} : { test: test.accuracy }),
        interval: headline.interval,
      },
      confusion: headline.confusion,
      seconds: {
        decode: readSeconds + decode,
        features: openSeconds + augment + run,
        train: trainSeconds,
        evaluate: evaluateSeconds,
        export: exportSeconds,
        total: performance.now() / 1000, // since the process started: loading libraries is part of what the user waits for
      },
      backend,
      backbone: backbone.id,
      seed: config.seed,
      epochs: { ran: learned.ranEpochs, best: learned.bestEpoch },
      mode: config.mode,
      cut,
      activations: examples.passes,
      ...(diagnostics === null ? {} : { diagnostics }),
      ...(coached === null ? {} : { coach: coached }),
      skipped,
      exports,
      ...(refused.length === 0 ? {} : { refused }),
    };
    const measured = paceOf(examples, learned, rows.trainingRows.length);
    await rememberPace({ tier: backend.tier, backbone: backbone.id, cut }, measured);
    return { report: summary, evaluation: headline, stoppedEarly: learned.stoppedEarly };
  } finally {
    await examples.close();
  }
}

/** What the coach says of a run that then goes on as it is, whatever that was. */
async function examineFirst(order: Parameters<typeof examine>[0], context: JobContext): Promise<CoachSummary> {
  const { steps, proposal } = await examine(order, context);
  context.report({ type: 'coach-end', proposal });
  return { steps: steps.map(({ step, verdict, advice }) => ({ step, verdict, advice })), proposal };
}

/** Pictures whose predictions are told epoch by epoch: as many as a page shows at once. */
const MOST_WATCHED = 60;

/** Places from all over a list, ascending; all of a short one. */
function spread(length: number, most: number): readonly number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * length) / count));
}

/** Which pictures learn and which check, by their bytes and their order. */
function fingerprintOf(pictures: readonly Picture[]): string {
  const hash = createHash('sha256');
  for (const { sha256, split } of pictures) hash.update(sha256).update(split);
  return hash.digest('hex');
}

/** How fast this machine was, for the estimate of the next run. */
function paceOf({ passes, counts, seconds }: Examples, { tuned }: Learned, trainingCount: number): MeasuredPace {
  const each = (time: number, count: number) => (count === 0 ? null : (1000 * time) / count);
  return {
    imageCount: Math.max(passes.computed, trainingCount),
    decodeMs: each(seconds.decode, counts.decoded),
    passMs: each(seconds.run, passes.computed),
    augmentMs: each(seconds.augment, counts.varied),
    tuneStepMs: each(tuned.seconds, tuned.epochs * trainingCount),
  };
}

/**
 * How the app itself answers. A head's answers follow from the embeddings, which are stored exactly. What was fine-tuned is run
 * from the pixels on, as it will be everywhere else: the activations that it learned from are rounded.
 */
function predictor(
  { folder }: JobOf<'train'>,
  { linear, network }: Learned,
  { embeddings, activations, pictures, kept }: Examples,
  { backbone, labels }: { readonly backbone: Backbone; readonly labels: readonly string[] },
): Predict {
  if (activations === null && embeddings !== null) {
    const embedding = backbone.network.nodes.at(-1)?.name ?? '';
    return (rows) =>
      linear === null ? predictBehind(network, embedding, embeddings, rows) : predictRows(linear, embeddings, rows);
  }
  return async (rows) => {
    const files = Array.from(rows, (row) => {
      const { path = '', sha256 = '' } = pictures[row] ?? {};
      return { file: join(folder, path), sha256 };
    });
    const { rows: classified, unreadable } = await classifyPictures(
      { network, labels, imageSize: backbone.imageSize },
      files,
      { kept },
    );
    const [gone] = unreadable;
    if (gone !== undefined) throw goneWhileTraining(files[gone.fileIndex]?.file ?? '', gone.reason);
    return classified.toSorted((a, b) => a.fileIndex - b.fileIndex).map(({ probabilities }) => probabilities);
  };
}

async function accuracyOf(predict: Predict, rows: Uint32Array, labels: Uint32Array): Promise<number> {
  const probabilities = await predict(rows);
  const correct = probabilities.filter((answer, index) => argMax(answer) === labels[rows[index] ?? 0]);
  return correct.length / rows.length;
}

function goneWhileTraining(file: string, reason: string): EngineError {
  return new EngineError(
    'image/unreadable',
    `${file} could be read when training began and cannot be any more (${reason}). Leave the pictures alone while a run goes on, and train again.`,
    { file, reason },
  );
}

/** Written, reopened, and run over the validation pictures. */
async function exportAll(
  { exports: order }: JobOf<'train'>,
  classifier: Classifier,
  { report }: JobContext,
): Promise<ExportResult> {
  if (order === null || order.formats.length === 0) return { exports: [], refused: [] };
  report({ type: 'stage', stage: 'export', total: order.formats.length });
  const { exportClassifier } = await import('../engine/export/export.ts'); // half of what a short run would load
  return exportClassifier(classifier, {
    order,
    onWriting: (format, number, of) => report({ type: 'writing', format, number, of }),
    onProgress: (done, total) => report({ type: 'progress', stage: 'export', done, total }),
    onReport: (exported) => report({ type: 'exported', report: exported }),
  });
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
