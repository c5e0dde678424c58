import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import type { Schedule, TrainConfig } from '../../contract/training.ts';
import type { Network } from '../network/network.ts';
import { createNoise } from '../network/noise.ts';
import { createTail, withTail, type TailOptions } from '../network/tail.ts';
import { balancedOrder, epochOrder } from './balance.ts';
import { createDiagnosis, lastWholeBatch } from './diagnose.ts';
import { createEarlyStopping } from './early-stopping.ts';
import { diverged, type EpochReport } from './epoch-report.ts';
import type { LabelledExamples } from './labelled-examples.ts';
import { trainingLoss } from './loss.ts';
import { correctCount, measureTail, type Measured } from './measure-tail.ts';
import { createMovingAverage } from './moving-average.ts';
import { clipByGlobalNorm, createOptimizer } from './optimizers.ts';
import { isPaused, throwIfPaused } from './pause.ts';
import { addPenalties } from './penalties.ts';
import { ratesOf } from './rate-multipliers.ts';
import { learningRateAt } from './schedules.ts';
import { createTailBatches } from './tail-batches.ts';
import { restoreTuning, saveTuning, UNTRAINED, type TuningPlace } from './tuning-checkpoint.ts';

export interface TailData extends LabelledExamples {
  /** From pixels to probabilities; gives the start. */
  readonly network: Network;
  /** First node that learns. */
  readonly cut: string;
  /** What `source` gives; absent: see `createTail`. */
  readonly reads?: TailOptions['reads'];
}

/** How long and how fast. */
export interface TailPlan {
  readonly epochs: number;
  /** The highest, of the last layer. */
  readonly learningRate: number;
  readonly schedule: Schedule;
}

export interface TrainedTail {
  /** With the weights of the best epoch; null where no epoch was better than the start. */
  readonly network: Network | null;
  /** 0 is the start. */
  readonly bestEpoch: number;
  readonly ranEpochs: number;
  readonly stoppedEarly: boolean;
  /** On the training pictures as they are, with the weights that are kept. */
  readonly trainingAccuracy: number;
}

export interface TrainTailOptions {
  readonly onEpoch?: (report: EpochReport) => void;
  /**
   * Called after the first step and after each epoch; absent: nothing is watched. A training that is gone on from tells first
   * what a report needs of its earlier part.
   */
  readonly onDiagnostics?: ((record: DiagnosticsRecord) => void) | undefined;
  /** Places among the validation rows, ascending, whose predictions the reports tell. */
  readonly watchedPlaces?: readonly number[] | undefined;
  /**
   * Aborting ends training after the current batch; the best epoch is kept. With the reason `run/paused` the checkpoint is written
   * instead, in the middle of the epoch, and the reason is thrown.
   */
  readonly stopSignal?: AbortSignal | undefined;
  /** Where to keep how far it is; what lies there of the same training is gone on from. */
  readonly checkpoint?: TuningPlace | null;
}

interface Step {
  readonly epoch: number;
  /** From the start of training. */
  readonly number: number;
  readonly rate: number;
  /** Whether a diagnosis looks at it. */
  readonly isWatched: boolean;
}

/**
 * Trains the nodes of a classifier from the cut on: minibatches in an order that depends on (seed, epoch), softmax
 * cross-entropy, the best epoch by validation loss. The start counts as epoch 0, so that training never ends worse than it began.
 *
 * It serves fine-tuning (activations at the cut), heads with hidden layers (embeddings) and networks from scratch (pixels).
 *
 * Needs a tfjs backend; on the CPU equal seeds give equal bytes, also where a checkpoint was gone on from.
 *
 * @throws EngineError `run/diverged` if the loss stops being a number; `run/paused`.
 */
export async function trainTail(
  data: TailData,
  plan: TailPlan,
  config: TrainConfig,
  { onEpoch, onDiagnostics, watchedPlaces, stopSignal, checkpoint = null }: TrainTailOptions = {},
): Promise<TrainedTail> {
  const { network, cut, reads, labels, classCount, trainingRows, validationRows } = data;
  const batches = createTailBatches(data, config);
  const tail = createTail(network, cut, reads && { reads });
  const rateOf = ratesOf(tail, config.layerDecay);
  const optimizer = createOptimizer(tail.learned, { ...config, rateOf });
  const average = config.emaDecay > 0 ? createMovingAverage(tail.variables, config.emaDecay) : null;
  const stepsPerEpoch = Math.ceil(trainingRows.length / config.batchSize);
  const rates = { ...plan, warmupEpochs: config.warmupEpochs, stepsPerEpoch };
  const totals = tf.tidy(() => ({ loss: tf.variable(tf.scalar(0), false), correct: tf.variable(tf.scalar(0), false) }));
  const diagnosis = onDiagnostics ? createDiagnosis(network, tail) : null;
  const watchedStep = lastWholeBatch(trainingRows.length, config.batchSize);

  try {
    const parts = { tail, optimizer, average };
    const initial = tail.weights();
    const before = checkpoint && (await restoreTuning(checkpoint, parts));
    const start = before ?? { ...UNTRAINED, bestLoss: (await measureWatched()).loss };
    const stopping = createEarlyStopping(config.patience, start);
    let { epoch, step, kept, records } = start;
    for (const record of records) onDiagnostics?.(record);
    tf.tidy(() => {
      totals.loss.assign(tf.scalar(start.lossSum));
      totals.correct.assign(tf.scalar(start.correctCount));
    });
    const save = async (place: TuningPlace) => {
      const { bestEpoch, bestLoss } = stopping;
      const [lossSum = 0, correctCount = 0] = [...totals.loss.dataSync(), ...totals.correct.dataSync()];
      await saveTuning(place, { epoch, step, lossSum, correctCount, bestEpoch, bestLoss, kept, records }, parts);
    };
    /** A pause behind the step that a diagnosis looks at waits for the epoch's end, where it is told. */
    const endsAt = (next: number) =>
      stopSignal?.aborted === true && !(isPaused(stopSignal) && diagnosis !== null && next > watchedStep);
    let savedAt = performance.now();

    while (epoch < plan.epochs && !stopping.shouldStop(epoch)) {
      const order =
        config.balance === 'sampling'
          ? balancedOrder(labels, trainingRows, config.seed, epoch)
          : epochOrder(trainingRows, config.seed, epoch);
      for (; step < stepsPerEpoch && !endsAt(step); step++) {
        const rows = order.subarray(step * config.batchSize, (step + 1) * config.batchSize);
        const number = epoch * stepsPerEpoch + step;
        await takeStep(rows, {
          epoch,
          number,
          rate: learningRateAt(rates, number),
          isWatched: number === 0 || step === watchedStep,
        });
        if (number === 0)
          records = await tell({ epoch, step, initialLoss: { loss: start.bestLoss, expected: Math.log(classCount) } });
        await yieldToEventLoop(); // native ops hold the thread: let messages in
      }
      if (endsAt(step)) break;

      epoch++;
      step = 0;
      average?.swapIn();
      const validation = await measureWatched();
      const [lossSum = NaN, correctCount = 0] = [...totals.loss.dataSync(), ...totals.correct.dataSync()];
      if (!Number.isFinite(lossSum) || !Number.isFinite(validation.loss)) throw diverged(plan.learningRate, epoch);
      const isBest = stopping.isBest(epoch, validation.loss);
      if (isBest) kept = tail.weights();
      average?.swapBack();
      onEpoch?.({
        epoch,
        trainLoss: lossSum / order.length,
        trainAccuracy: correctCount / order.length,
        validationLoss: validation.loss,
        validationAccuracy: validation.accuracy,
        learningRate: learningRateAt(rates, epoch * stepsPerEpoch - 1),
        isBest,
        ...(watchedPlaces && { predicted: validation.predicted }),
      });
      const told = await tell({ epoch, step: (epoch - 1) * stepsPerEpoch + watchedStep, initialLoss: null });
      if (isBest) records = [...records.filter((record) => record.epoch === 0), ...told];
      for (const total of [totals.loss, totals.correct]) tf.tidy(() => total.assign(tf.scalar(0)));
      if (checkpoint !== null && performance.now() - savedAt >= checkpoint.everyMs) {
        await save(checkpoint);
        savedAt = performance.now();
      }
    }
    if (checkpoint !== null && isPaused(stopSignal)) await save(checkpoint);
    throwIfPaused(stopSignal);
    tail.load(kept ?? initial);
    return {
      trainingAccuracy: (await measureTail(tail, batches, trainingRows)).accuracy,
      network: kept && withTail(network, cut, kept),
      bestEpoch: stopping.bestEpoch,
      ranEpochs: epoch,
      stoppedEarly: stopSignal?.aborted ?? false,
    };
  } finally {
    tail.dispose();
    optimizer.dispose();
    average?.dispose();
    diagnosis?.dispose();
    tf.dispose([totals.loss, totals.correct]);
  }

  /** One step of the optimiser. Nothing is read back: losses are summed where they are computed. */
  async function takeStep(rows: Uint32Array, { epoch, number, rate, isWatched }: Step): Promise<void> {
    const noise = createNoise(config.seed, number);
    const upload = await batches.readForStep(rows, { epoch, step: number - epoch * stepsPerEpoch });
    tf.tidy(() => {
      const { inputs, classes, targets, weights } = upload();
      let logits: tf.Tensor2D | undefined;
      const { value, grads } = tf.variableGrads(() => {
        logits = tf.keep(tail.logits(inputs, noise));
        return trainingLoss(logits, targets, { labelSmoothing: config.labelSmoothing, ...(weights && { weights }) });
      }, [...tail.learned]);
      const update = () => {
        const penalised = addPenalties(grads, tail.learned, config);
        optimizer.apply(config.clipNorm > 0 ? clipByGlobalNorm(penalised, config.clipNorm) : penalised, rate);
      };
      if (diagnosis && isWatched) diagnosis.watchStep(grads, update);
      else update();
      average?.update();
      totals.loss.assign(tf.add(totals.loss, tf.mul(value, rows.length)));
      if (logits) totals.correct.assign(tf.add(totals.correct, correctCount(logits, classes)));
      logits?.dispose(); // kept until here, since it was made inside the gradient's own tidy
    });
  }

  async function tell(at: Omit<DiagnosticsRecord, 'layers'>): Promise<readonly DiagnosticsRecord[]> {
    const record = await diagnosis?.take(at);
    if (!record) return [];
    onDiagnostics?.(record);
    return [record];
  }

  /** On the validation rows, all of whose outputs a diagnosis sees. */
  function measureWatched(): Promise<Measured> {
    return measureTail(tail, batches, validationRows, {
      watchedPlaces,
      onOutput: diagnosis?.watchPass(validationRows.length),
    });
  }
}
