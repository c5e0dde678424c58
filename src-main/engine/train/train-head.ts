import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../contract/errors.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { LinearHead } from '../network/network.ts';
import { createRandom, gaussian, shuffle } from '../random.ts';
import { createEarlyStopping } from './early-stopping.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { createOptimizer } from './optimizers.ts';
import { foldStandardisation, measureStandardisation, standardise } from './standardise.ts';

/** Embeddings with their classes. Both splits look into the same matrix. */
export interface LabelledFeatures {
  /** float32 [images, featureCount], row-major. */
  readonly features: Float32Array;
  readonly featureCount: number;
  /** Class number of each row. */
  readonly labels: Uint32Array;
  readonly classCount: number;
  /** Rows to learn from; at least one. */
  readonly trainingRows: Uint32Array;
  /** Rows that choose the best epoch; at least one. */
  readonly validationRows: Uint32Array;
}

export interface EpochReport {
  readonly epoch: number;
  /** Mean over the epoch's batches, while the weights change. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly isBest: boolean;
}

export interface TrainedHead {
  /** Of the best epoch, for raw features: the standardisation is folded in. */
  readonly head: LinearHead;
  readonly bestEpoch: number;
  readonly ranEpochs: number;
  readonly stoppedEarly: boolean;
}

interface Options {
  readonly onEpoch?: (report: EpochReport) => void;
  /** Aborting ends training after the current batch: the best epoch is kept, and without one `run/cancelled` is thrown. */
  readonly stopSignal?: AbortSignal;
}

/** Standard deviation of the initial weights, N(0, 0.01²): the first loss is then close to log(classes). */
const INITIAL_STD = 0.01;

/**
 * Trains a linear classifier on frozen embeddings: features standardised on the training split, softmax cross-entropy,
 * minibatches in an order that depends on (seed, epoch), early stopping on the validation loss.
 *
 * Needs a tfjs backend; on the CPU equal seeds give equal bytes.
 *
 * @throws EngineError `run/diverged` if the loss stops being a number, `run/cancelled` if stopped before the first epoch.
 */
export async function trainHead(
  data: LabelledFeatures,
  config: TrainConfig,
  options: Options = {},
): Promise<TrainedHead> {
  const { featureCount, classCount, trainingRows, validationRows } = data;
  const standardisation = measureStandardisation(data.features, featureCount, trainingRows);
  const random = createRandom(config.seed, 1);
  const initial = Float32Array.from({ length: featureCount * classCount }, () => INITIAL_STD * gaussian(random));
  const kernel = tf.tidy(() => tf.variable(tf.tensor2d(initial, [featureCount, classCount])));
  const bias = tf.tidy(() => tf.variable(tf.zeros([classCount])));
  const optimizer = createOptimizer([kernel, bias], config);
  const stopping = createEarlyStopping(config.patience);
  const logitsOf = (inputs: tf.Tensor2D) => tf.add(tf.matMul(inputs, kernel as tf.Tensor2D), bias) as tf.Tensor2D; // as: ranks fixed above
  let best: LinearHead | null = null;
  let epoch = 0;

  try {
    while (epoch < config.epochs && !stopping.shouldStop(epoch)) {
      const order = epochOrder(trainingRows, config.seed, epoch);
      let lossSum = 0;
      let correctCount = 0;
      for (let start = 0; start < order.length && !options.stopSignal?.aborted; start += config.batchSize) {
        const rows = order.subarray(start, start + config.batchSize);
        const [loss, correct] = tf.tidy(() => {
          const { inputs, labels } = batchOf(rows);
          let logits = inputs;
          const { value, grads } = tf.variableGrads(() => {
            logits = tf.keep(logitsOf(inputs));
            return softmaxCrossEntropy(logits, labels);
          });
          optimizer.apply(grads);
          const correct = countCorrect(logits, labels);
          logits.dispose();
          return [value.dataSync()[0] ?? NaN, correct];
        });
        if (!Number.isFinite(loss)) throw diverged(config, epoch + 1);
        lossSum += loss * rows.length;
        correctCount += correct;
        await yieldToEventLoop(); // native ops hold the thread: let messages in
      }
      if (options.stopSignal?.aborted) break;

      epoch++;
      const validation = measure(validationRows);
      if (!Number.isFinite(validation.loss)) throw diverged(config, epoch);
      const isBest = stopping.isBest(epoch, validation.loss);
      if (isBest) best = currentHead();
      options.onEpoch?.({
        epoch,
        trainLoss: lossSum / order.length,
        trainAccuracy: correctCount / order.length,
        validationLoss: validation.loss,
        validationAccuracy: validation.accuracy,
        isBest,
      });
    }
  } finally {
    optimizer.dispose();
    tf.dispose([kernel, bias]);
  }
  if (best === null) throw new EngineError('run/cancelled', 'Training was stopped before its first epoch had ended.');
  return {
    head: foldStandardisation(best, standardisation),
    bestEpoch: stopping.bestEpoch,
    ranEpochs: epoch,
    stoppedEarly: options.stopSignal?.aborted ?? false,
  };

  function batchOf(rows: Uint32Array) {
    return {
      inputs: tf.tensor2d(standardise(data.features, rows, standardisation), [rows.length, featureCount]),
      labels: tf.tensor1d(
        Int32Array.from(rows, (row) => data.labels[row] ?? 0),
        'int32',
      ),
    };
  }

  function measure(rows: Uint32Array): { loss: number; accuracy: number } {
    let lossSum = 0;
    let correctCount = 0;
    for (let start = 0; start < rows.length; start += MEASURE_BATCH) {
      const part = rows.subarray(start, start + MEASURE_BATCH);
      tf.tidy(() => {
        const { inputs, labels } = batchOf(part);
        const logits = logitsOf(inputs);
        lossSum += (softmaxCrossEntropy(logits, labels).dataSync()[0] ?? NaN) * part.length;
        correctCount += countCorrect(logits, labels);
      });
    }
    return { loss: lossSum / rows.length, accuracy: correctCount / rows.length };
  }

  function currentHead(): LinearHead {
    return {
      kernel: { shape: [featureCount, classCount], values: Float32Array.from(kernel.dataSync()) },
      bias: { shape: [classCount], values: Float32Array.from(bias.dataSync()) },
    };
  }
}

/** The order in which an epoch sees its rows: a pure function of (seed, epoch), so that a run can be repeated from anywhere. */
export function epochOrder(rows: Uint32Array, seed: number, epoch: number): Uint32Array {
  return shuffle(Uint32Array.from(rows), createRandom(seed, 2, epoch));
}

/** Rows per batch when nothing is learned; bounds memory on large sets. */
const MEASURE_BATCH = 1024;

function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): number {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32')).dataSync()[0] ?? 0);
}

function diverged({ learningRate }: TrainConfig, epoch: number): EngineError {
  return new EngineError(
    'run/diverged',
    `The loss stopped being a number in epoch ${epoch} with learning rate ${learningRate}. Train again with a learning rate ten times lower.`,
    { epoch, learningRate },
  );
}
