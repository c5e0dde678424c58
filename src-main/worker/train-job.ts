/** One training run from folder to model: the main line of the product, in its order. */
import { join } from 'node:path';
import type { Picture, Split } from '../contract/dataset.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { ExportReport } from '../contract/results.ts';
import { defaultBackboneId, loadBackbone } from '../engine/backbones/catalogue.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { evaluate } from '../engine/evaluate/evaluate.ts';
import { predictHead } from '../engine/evaluate/predict-head.ts';
import { exportClassifier } from '../engine/export/export.ts';
import { runPictures } from '../engine/features/run-pictures.ts';
import { openRunner } from '../engine/features/runner.ts';
import { saveClassifier, type Classifier } from '../engine/network/classifier.ts';
import { withHead } from '../engine/network/head.ts';
import { trainHead, type LabelledFeatures } from '../engine/train/train-head.ts';
import { openWorkerBackend } from './backend.ts';
import type { JobContext } from './job-context.ts';

export async function trainJob(job: JobOf<'train'>, context: JobContext): Promise<JobResults['train']> {
  const { config, folder } = job;
  const { report, stopSignal } = context;
  const clock = startClock();

  // Read: which pictures there are, and what each is for.
  report({ type: 'stage', stage: 'read', total: null });
  const manifest =
    job.manifestFile === null ? await scanFolder(folder, { signal: stopSignal }) : await readManifest(job.manifestFile);
  const skipped = [...manifest.skipped];
  const candidates = assignSplits(manifest.entries, config);
  for (const file of manifest.skipped) report({ type: 'skipped', file });
  requireTrainable(candidates, manifest.classes, skipped);
  const scanSeconds = clock.lap();

  // Features: every picture once through the frozen backbone.
  const backend = await openWorkerBackend();
  const backbone = await loadBackbone(config.backbone ?? (await defaultBackboneId()));
  report({ type: 'backend', backend, backbone: backbone.id });
  report({ type: 'stage', stage: 'features', total: candidates.length });
  const trunk = await openRunner(backbone.network);
  const openSeconds = clock.lap();
  const embedded = await runPictures(
    candidates.map(({ path }) => join(folder, path)),
    trunk,
    {
      imageSize: backbone.imageSize,
      signal: stopSignal,
      onProgress: (done) => report({ type: 'progress', stage: 'features', done, total: candidates.length }),
    },
  );
  await trunk.dispose();
  for (const { fileIndex, reason } of embedded.unreadable) {
    const file = { path: candidates[fileIndex]?.path ?? '', reason };
    skipped.push(file);
    report({ type: 'skipped', file });
  }
  const pictures = embedded.fileIndexes.flatMap((index) => candidates[index] ?? []);
  requireTrainable(pictures, manifest.classes, skipped); // again: what could not be decoded is gone now
  clock.lap();

  // Train: a linear head on the embeddings.
  report({ type: 'stage', stage: 'train', total: config.epochs });
  const data = labelledFeatures(embedded.outputs, backbone.featureCount, pictures, manifest.classes);
  const trained = await trainHead(data, config, {
    stopSignal,
    onEpoch: (epoch) => report({ type: 'epoch', of: config.epochs, learningRate: config.learningRate, ...epoch }),
  });
  const trainSeconds = clock.lap();

  // Evaluate: each split on the best epoch's head; the test split is the headline where there is one.
  report({ type: 'stage', stage: 'evaluate', total: pictures.length });
  const evaluateSplit = (split: Split) => {
    const rows = rowsOf(pictures, split);
    const probabilities = predictHead(embedded.outputs, rows, trained.head);
    const answers = Array.from(rows, (row, index) => answerOf(pictures[row], probabilities[index]));
    return evaluate(manifest.classes, answers, {
      split: split === 'test' ? 'test' : 'validation',
      choseBestEpoch: split === 'validation',
    });
  };
  const validation = evaluateSplit('validation');
  const test = rowsOf(pictures, 'test').length > 0 ? evaluateSplit('test') : null;
  const headline = test ?? validation;
  const trainAccuracy = evaluateSplit('training').accuracy;
  const evaluateSeconds = clock.lap();

  // Keep: the model with everything that a later export check needs.
  const counts = countPictures(pictures, manifest.classes);
  const sha256Of = new Map(pictures.map(({ id, sha256 }) => [id, sha256]));
  const classifier: Classifier = {
    network: withHead(backbone.network, trained.head),
    labels: manifest.classes,
    backbone: backbone.id,
    imageSize: backbone.imageSize,
    licence: backbone.licence,
    provenance: {
      trainedAt: new Date().toISOString(),
      config,
      counts,
      accuracy: headline.accuracy,
      interval: headline.interval,
      imageCount: headline.imageCount,
    },
    validation: validation.predictions.map(({ id, path, probabilities }) => ({
      file: join(folder, path),
      sha256: sha256Of.get(id),
      probabilities,
    })),
  };
  await saveClassifier(job.modelFolder, classifier);

  // Export: written, reopened, and run over the validation pictures.
  let exports: readonly ExportReport[] = [];
  clock.lap();
  if (job.exports !== null) {
    report({ type: 'stage', stage: 'export', total: job.exports.formats.length });
    exports = await exportClassifier(classifier, {
      order: job.exports,
      onProgress: (done, total) => report({ type: 'progress', stage: 'export', done, total }),
      onReport: (exported) => report({ type: 'exported', report: exported }),
    });
  }
  const exportSeconds = clock.lap();

  return {
    report: {
      classes: [...manifest.classes],
      counts,
      accuracy: {
        train: trainAccuracy,
        val: validation.accuracy,
        ...(test === null ? {} : { test: test.accuracy }),
        interval: headline.interval,
      },
      confusion: headline.confusion,
      seconds: {
        decode: scanSeconds + embedded.seconds.decode,
        features: openSeconds + embedded.seconds.run,
        train: trainSeconds,
        evaluate: evaluateSeconds,
        export: exportSeconds,
        total: clock.total(),
      },
      backend,
      backbone: backbone.id,
      seed: config.seed,
      epochs: { ran: trained.ranEpochs, best: trained.bestEpoch },
      skipped,
      exports: [...exports],
    },
    evaluation: headline,
    stoppedEarly: trained.stoppedEarly,
  };
}

function labelledFeatures(
  features: Float32Array,
  featureCount: number,
  pictures: readonly Picture[],
  classes: readonly string[],
): LabelledFeatures {
  const numberOf = new Map(classes.map((name, index) => [name, index]));
  return {
    features,
    featureCount,
    labels: Uint32Array.from(pictures, ({ className }) => numberOf.get(className) ?? 0),
    classCount: classes.length,
    trainingRows: rowsOf(pictures, 'training'),
    validationRows: rowsOf(pictures, 'validation'),
  };
}

function rowsOf(pictures: readonly Picture[], split: Split): Uint32Array {
  return Uint32Array.from(pictures.flatMap((picture, row) => (picture.split === split ? [row] : [])));
}

function answerOf(picture: Picture | undefined, probabilities: readonly number[] | undefined) {
  if (picture === undefined || probabilities === undefined) throw new Error('A row without its picture');
  return { id: picture.id, path: picture.path, truth: picture.className, probabilities };
}

function countPictures(pictures: readonly Picture[], classes: readonly string[]) {
  const countIn = (split: Split) => pictures.filter((picture) => picture.split === split).length;
  return {
    training: countIn('training'),
    validation: countIn('validation'),
    test: countIn('test'),
    byClass: Object.fromEntries(
      classes.map((name) => [name, pictures.filter(({ className }) => className === name).length]),
    ),
  };
}

/** Seconds since the last lap, and since the process started: loading libraries is part of what the user waits for. */
function startClock() {
  let last = performance.now();
  return {
    lap(): number {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      return seconds;
    },
    total: () => performance.now() / 1000,
  };
}
