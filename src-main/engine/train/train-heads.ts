/** Many heads on the same examples, trained at once: a grid of settings costs about as much as a few heads alone. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import { EngineError } from '../../contract/errors.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { LinearHead } from '../network/network.ts';
import { balancedOrder, classWeights, epochOrder } from './balance.ts';
import { lastWholeBatch } from './diagnose.ts';
import { createHeadDiagnosis } from './diagnose-head.ts';
import { createEarlyStopping } from './early-stopping.ts';
import { diverged, type EpochReport } from './epoch-report.ts';
import { createHeadBatches, MEASURE_ROWS, RESIDENT_BYTES } from './head-batches.ts';
import { arrange, requireAlike } from './head-grid.ts';
import { HeadStack } from './head-stack.ts';
import type { LabelledExamples } from './labelled-examples.ts';
import { foldPreprocessing, mappedCount } from './preprocess/feature-map.ts';
import { fitPreprocessing } from './preprocess/fit.ts';
import { learningRateAt } from './schedules.ts';

/** What became of one head of a stack. */
export interface HeadOutcome {
  /** Of the best epoch, for raw features: the preprocessing is folded in. Null where no epoch ended well. */
  readonly head: LinearHead | null;
  /** Whether its loss stopped being a number. The others are not touched by that. */
  readonly isDiverged: boolean;
  readonly bestEpoch: number;
  /** On the validation rows, of the best epoch; infinite where there is none. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly ranEpochs: number;
  readonly stoppedEarly: boolean;
}

export interface HeadsOptions {
  /** Called once an epoch with the reports of all heads that still train, by their place in the list. */
  readonly onEpoch?: (reports: ReadonlyMap<number, EpochReport>) => void;
  /** Called after the first step and after epochs 1, 2, 4, 8, … of a head that trains alone; absent: nothing is watched. */
  readonly onDiagnostics?: ((record: DiagnosticsRecord) => void) | undefined;
  /** Places among the validation rows, ascending, whose predictions the reports of a head that trains alone tell. */
  readonly watchedPlaces?: readonly number[] | undefined;
  /** Aborting ends training soon; the best epochs are kept. */
  readonly stopSignal?: AbortSignal | undefined;
  /** Largest split that stays on the device, bytes; absent: 64 MB. */
  readonly residentBytes?: number;
  /** What the initial weights are multiplied by; absent: 1. */
  readonly initialScale?: number | undefined;
}

/** Native ops hold the thread: messages are let in this often. */
const YIELD_EVERY_MS = 10;

/**
 * Trains linear classifiers on frozen embeddings: features preprocessed as the training split says, softmax cross-entropy,
 * minibatches in an order that depends on (seed, epoch), early stopping on the validation loss, each head as if it were alone.
 *
 * Needs a tfjs backend; on the CPU equal seeds give equal bytes.
 *
 * @param configs  one a head; they may differ in learning rate, weight decay, label smoothing, penalties and seed.
 * @returns        in the order of `configs`.
 * @throws EngineError `setting/out-of-range` where the training rows have not as many principal components as are asked for.
 * @throws Error if they differ in anything else.
 */
export async function trainHeads(
  data: LabelledExamples,
  configs: readonly TrainConfig[],
  {
    onEpoch,
    onDiagnostics,
    watchedPlaces,
    stopSignal,
    residentBytes = RESIDENT_BYTES,
    initialScale,
  }: HeadsOptions = {},
): Promise<HeadOutcome[]> {
  const [config] = configs;
  if (config === undefined) return [];
  requireAlike(configs);
  const { labels, classCount, trainingRows, validationRows } = data;
  const { seeds, grid, places } = arrange(configs);
  const preprocessing = await fitPreprocessing(data.source, trainingRows, config);
  const batches = createHeadBatches({ ...data, preprocessing, residentBytes });
  const featureCount = mappedCount(preprocessing);
  const headCount = grid[0]?.length ?? 0;
  const stack = new HeadStack({ seedCount: seeds.length, headCount, featureCount, classCount }, grid, initialScale);
  const heads = grid.flat().map(() => ({
    stopping: createEarlyStopping(config.patience),
    accuracy: 0,
    isActive: true,
    isDiverged: false,
    ranEpochs: 0,
  }));
  const weights = config.balance === 'weights' ? classWeights(labels, trainingRows, classCount) : null;
  const stepsPerEpoch = Math.ceil(trainingRows.length / config.batchSize);
  // The schedule as a share of the learning rate, which each head has its own of.
  const schedule = { ...config, schedule: config.schedule ?? 'constant', learningRate: 1, stepsPerEpoch };
  const diagnosis = onDiagnostics && configs.length === 1 ? createHeadDiagnosis(featureCount * classCount) : null;
  const watchedStep = lastWholeBatch(trainingRows.length, config.batchSize);
  const watched = configs.length === 1 ? watchedPlaces : undefined;
  let epoch = 0;
  let yieldedAt = performance.now();

  try {
    const initialLoss = diagnosis && {
      loss: ((await measure()).loss[0] ?? NaN) / validationRows.length,
      expected: Math.log(classCount),
    };
    while (epoch < config.epochs && heads.some(({ isActive }) => isActive)) {
      const orders = seeds.map((seed) =>
        config.balance === 'sampling'
          ? balancedOrder(labels, trainingRows, seed, epoch)
          : epochOrder(trainingRows, seed, epoch),
      );
      await batches.startEpoch(epoch);
      let share = 1;
      for (let step = 0; step < stepsPerEpoch && !stopSignal?.aborted; step++) {
        const rows = concatenate(orders.map((o) => o.subarray(step * config.batchSize, (step + 1) * config.batchSize)));
        share = learningRateAt(schedule, epoch * stepsPerEpoch + step);
        const inputs = await batches.training(rows, epoch);
        const classes = labelsOf(rows);
        const rowWeights = weights && Float32Array.from(classes, (label) => weights[label] ?? 1);
        const isFirst = epoch === 0 && step === 0;
        const isWatched = isFirst || (step === watchedStep && diagnosis?.isDue(epoch + 1));
        stack.step(inputs, classes, rowWeights, share, isWatched ? diagnosis?.see : undefined);
        inputs.dispose();
        if (isFirst) await tell({ epoch, step, initialLoss });
        if (performance.now() - yieldedAt < YIELD_EVERY_MS) continue;
        await yieldToEventLoop();
        yieldedAt = performance.now();
      }
      if (stopSignal?.aborted) break;

      epoch++;
      const training = await stack.takeSums();
      const validation = await measure();
      const reports = new Map<number, EpochReport>();
      const isBest = heads.map((head, index) => {
        if (!head.isActive) return false;
        head.ranEpochs = epoch;
        const trainLoss = (training.loss[index] ?? NaN) / trainingRows.length;
        const validationLoss = (validation.loss[index] ?? NaN) / validationRows.length;
        const validationAccuracy = (validation.correct[index] ?? 0) / validationRows.length;
        if (!Number.isFinite(trainLoss) || !Number.isFinite(validationLoss)) {
          [head.isDiverged, head.isActive] = [true, false];
          return false;
        }
        const isBest = head.stopping.isBest(epoch, validationLoss);
        if (isBest) head.accuracy = validationAccuracy;
        const trainAccuracy = (training.correct[index] ?? 0) / trainingRows.length;
        const learningRate = share * (grid.flat()[index]?.learningRate ?? 0);
        const losses = {
          trainLoss,
          trainAccuracy,
          validationLoss,
          validationAccuracy,
          ...(watched && { predicted: validation.predicted }),
        };
        places.forEach((place, head) => {
          if (place === index) reports.set(head, { epoch, ...losses, learningRate, isBest });
        });
        head.isActive = !head.stopping.shouldStop(epoch);
        return isBest;
      });
      if (isBest.includes(true)) stack.keep(isBest);
      onEpoch?.(reports);
      if (diagnosis?.isDue(epoch))
        await tell({ epoch, step: (epoch - 1) * stepsPerEpoch + watchedStep, initialLoss: null });
    }
    const kept = await stack.kept();
    return places.map((index): HeadOutcome => {
      const { stopping, accuracy, isDiverged, ranEpochs } = heads[index] as (typeof heads)[number]; // a place in the grid
      const head = kept[index];
      return {
        head: stopping.bestEpoch === 0 || head === undefined ? null : foldPreprocessing(head, preprocessing),
        isDiverged,
        bestEpoch: stopping.bestEpoch,
        validationLoss: stopping.bestLoss,
        validationAccuracy: accuracy,
        ranEpochs,
        stoppedEarly: stopSignal?.aborted ?? false,
      };
    });
  } finally {
    stack.dispose();
    batches.dispose();
    diagnosis?.dispose();
  }

  async function tell(at: Omit<DiagnosticsRecord, 'layers'>): Promise<void> {
    const record = await diagnosis?.take(at);
    if (record) onDiagnostics?.(record);
  }

  /** Sums over the validation rows, by seed and place, and the classes of those that are watched. */
  async function measure(): Promise<{ loss: Float32Array; correct: Float32Array; predicted: number[] }> {
    const count = heads.length;
    const total = { loss: new Float32Array(count), correct: new Float32Array(count), predicted: [] as number[] };
    for (let start = 0; start < validationRows.length; start += MEASURE_ROWS) {
      const inputs = await batches.validation(start);
      const sums = stack.measure(inputs, labelsOf(validationRows.subarray(start, start + MEASURE_ROWS)));
      const values = await sums.data<'float32'>();
      const here = (watched ?? []).map((place) => place - start).filter((row) => row >= 0 && row < MEASURE_ROWS);
      if (here.length > 0) {
        const classes = stack.predict(inputs, here);
        total.predicted.push(...(await classes.data<'int32'>()));
        classes.dispose();
      }
      tf.dispose([inputs, sums]);
      for (let index = 0; index < count; index++) {
        total.loss[index] = (total.loss[index] ?? 0) + (values[index] ?? NaN);
        total.correct[index] = (total.correct[index] ?? 0) + (values[count + index] ?? 0);
      }
    }
    return total;
  }

  function labelsOf(rows: Uint32Array): Int32Array {
    return Int32Array.from(rows, (row) => labels[row] ?? 0);
  }
}

/** Trains one head. @throws EngineError `run/diverged`; `run/cancelled` if stopped before the first epoch. */
export async function trainHead(
  data: LabelledExamples,
  config: TrainConfig,
  options: Pick<HeadsOptions, 'onDiagnostics' | 'stopSignal' | 'watchedPlaces'> & {
    readonly onEpoch?: (report: EpochReport) => void;
  } = {},
): Promise<HeadOutcome & { readonly head: LinearHead }> {
  const { onEpoch, onDiagnostics, stopSignal, watchedPlaces } = options;
  const [outcome] = await trainHeads(data, [config], {
    onDiagnostics,
    watchedPlaces,
    stopSignal,
    onEpoch: (reports) => reports.forEach((report) => onEpoch?.(report)),
  });
  if (outcome?.isDiverged) throw diverged(config.learningRate, outcome.ranEpochs);
  if (outcome?.head) return { ...outcome, head: outcome.head };
  throw new EngineError('run/cancelled', 'Training was stopped before its first epoch had ended.');
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
