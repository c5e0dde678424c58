import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import type { Schedule, TrainConfig } from '../../contract/training.ts';
import { mixExamples, mixLabels, planMix, requireMixable, type MixPlan } from '../augment/mix.ts';
import type { ExampleSource } from '../features/example-source.ts';
import type { Network } from '../network/network.ts';
import { createNoise } from '../network/noise.ts';
import { createTail, withTail, type TailOptions } from '../network/tail.ts';
import type { ForwardOptions } from '../network/tfjs.ts';
import { balancedOrder, classWeights, epochOrder } from './balance.ts';
import { createDiagnosis, lastWholeBatch } from './diagnose.ts';
import { createEarlyStopping } from './early-stopping.ts';
import { diverged, type EpochReport } from './epoch-report.ts';
import { softmaxCrossEntropy, trainingLoss } from './loss.ts';
import { createMovingAverage } from './moving-average.ts';
import { clipByGlobalNorm, createOptimizer } from './optimizers.ts';
import { isPaused, throwIfPaused } from './pause.ts';
import { addPenalties } from './penalties.ts';
import { ratesOf } from './rate-multipliers.ts';
import { learningRateAt } from './schedules.ts';
import { restoreTuning, saveTuning, UNTRAINED, type TuningPlace } from './tuning-checkpoint.ts';

export interface TailData {
  /** From pixels to probabilities; gives the start. */
  readonly network: Network;
  /** First node that learns. */
  readonly cut: string;
  /** What `source` gives; absent: see `createTail`. */
  readonly reads?: TailOptions['reads'];
  /** What the tail reads. */
  readonly source: ExampleSource;
  /** Class number of each row. */
  readonly labels: Uint32Array;
  readonly classCount: number;
  readonly trainingRows: Uint32Array;
  readonly validationRows: Uint32Array;
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

interface Measured {
  readonly loss: number;
  readonly accuracy: number;
  /** Of the watched places; none of other rows than those that validate. */
  readonly predicted: readonly number[];
}

/** Rows that are measured together; bounds memory. */
const MEASURE_BATCH = 64;

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
  const { network, cut, reads, source, labels, classCount, trainingRows, validationRows } = data;
  requireMixable(config, { shape: source.shape, classCount });
  const tail = createTail(network, cut, reads && { reads });
  const rateOf = ratesOf(tail, config.layerDecay);
  const optimizer = createOptimizer(tail.learned, { ...config, rateOf });
  const average = config.emaDecay > 0 ? createMovingAverage(tail.variables, config.emaDecay) : null;
  const weights = config.balance === 'weights' ? classWeights(labels, trainingRows, classCount) : null;
  const stepsPerEpoch = Math.ceil(trainingRows.length / config.batchSize);
  const rates = { ...plan, warmupEpochs: config.warmupEpochs, stepsPerEpoch };
  const totals = tf.tidy(() => ({ loss: tf.variable(tf.scalar(0), false), correct: tf.variable(tf.scalar(0), false) }));
  const [buffers, mixBuffers] = [new Map<number, Float32Array>(), new Map<number, Float32Array>()];
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
      trainingAccuracy: (await measure(trainingRows)).accuracy,
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
    const batch = { shape: source.shape, classCount, size: rows.length };
    const plan = planMix(config, batch, { seed: config.seed, epoch, step: number - epoch * stepsPerEpoch });
    const values = mixed(await read(rows, epoch), plan);
    tf.tidy(() => {
      const { inputs, classes } = upload(rows, values);
      let logits: tf.Tensor2D | undefined;
      const { value, grads } = tf.variableGrads(() => {
        logits = tf.keep(tail.logits(inputs, noise));
        const targets = plan === null ? classes : mixedLabels(rows, plan);
        return trainingLoss(logits, targets, { labelSmoothing: config.labelSmoothing, ...weightsOf(rows) });
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

  function weightsOf(rows: Uint32Array): { weights?: tf.Tensor1D } {
    return weights === null
      ? {}
      : { weights: tf.tensor1d(Float32Array.from(rows, (row) => weights[labels[row] ?? 0] ?? 1)) };
  }

  async function tell(at: Omit<DiagnosticsRecord, 'layers'>): Promise<readonly DiagnosticsRecord[]> {
    const record = await diagnosis?.take(at);
    if (!record) return [];
    onDiagnostics?.(record);
    return [record];
  }

  /** On the validation rows, all of whose outputs a diagnosis sees. */
  function measureWatched(): Promise<Measured> {
    return measure(validationRows, diagnosis?.watchPass(validationRows.length));
  }

  async function measure(rows: Uint32Array, onOutput?: ForwardOptions['onOutput']): Promise<Measured> {
    let lossSum = 0;
    let correct = 0;
    const predicted: number[] = [];
    for (let at = 0; at < rows.length; at += MEASURE_BATCH) {
      const part = rows.subarray(at, at + MEASURE_BATCH);
      const values = await read(part, null);
      tf.tidy(() => {
        const { inputs, classes } = upload(part, values);
        const logits = tail.logits(inputs, undefined, onOutput);
        lossSum += (softmaxCrossEntropy(logits, classes).dataSync()[0] ?? NaN) * part.length;
        correct += correctCount(logits, classes).dataSync()[0] ?? 0;
        const here =
          rows === validationRows ? (watchedPlaces ?? []).filter((p) => p >= at && p < at + part.length) : [];
        if (here.length === 0) return;
        const answers = tf.argMax(logits, 1).dataSync();
        predicted.push(...here.map((place) => answers[place - at] ?? 0));
      });
      await yieldToEventLoop();
    }
    return { loss: lossSum / rows.length, accuracy: correct / rows.length, predicted };
  }

  function mixed(values: Float32Array, plan: MixPlan | null): Float32Array {
    if (plan === null) return values;
    const target = mixBuffers.get(values.length) ?? new Float32Array(values.length);
    mixBuffers.set(values.length, target);
    return mixExamples(values, source.shape, plan, target);
  }

  function mixedLabels(rows: Uint32Array, plan: MixPlan): tf.Tensor2D {
    const hot = new Float32Array(rows.length * classCount);
    rows.forEach((row, index) => (hot[index * classCount + (labels[row] ?? 0)] = 1));
    return tf.tensor2d(mixLabels(hot, plan), [rows.length, classCount]);
  }

  /** Into memory that is used again: a batch at the cut takes up to ten megabytes. */
  async function read(rows: Uint32Array, epoch: number | null): Promise<Float32Array> {
    const length = rows.length * source.shape.reduce((product, size) => product * size, 1);
    const buffer = buffers.get(length) ?? new Float32Array(length);
    buffers.set(length, buffer);
    await source.read(rows, epoch, buffer);
    return buffer;
  }

  function upload(rows: Uint32Array, values: Float32Array) {
    const classes = Int32Array.from(rows, (row) => labels[row] ?? 0);
    return { inputs: tf.tensor(values, [rows.length, ...source.shape]), classes: tf.tensor1d(classes, 'int32') };
  }
}

function correctCount(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32')));
}
