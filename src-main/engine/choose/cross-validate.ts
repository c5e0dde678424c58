/** How well a linear classifier on frozen embeddings answers for pictures that it did not learn from: every picture is asked. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../contract/errors.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../contract/training.ts';
import { argMax } from '../evaluate/metrics.ts';
import { predictRows } from '../evaluate/predict-rows.ts';
import type { ExampleSource } from '../features/example-source.ts';
import type { LinearHead } from '../network/network.ts';
import { createRandom, shuffle } from '../random.ts';
import { HeadStack } from '../train/head-stack.ts';
import { foldPreprocessing, shiftAndScale } from '../train/preprocess/feature-map.ts';
import { measureStandardisation } from '../train/preprocess/standardise.ts';
import { stratifiedFolds, type ProbeRows } from './folds.ts';

export interface ProbeExamples extends ProbeRows {
  /** Embeddings, of shape [features]; one a label. */
  readonly source: ExampleSource;
  readonly classCount: number;
}

export interface CrossValidation {
  readonly foldCount: number;
  readonly repeatCount: number;
  /** By row, in how many of the repeats it was named right; null for one that could not be checked. */
  readonly rightCounts: readonly (number | null)[];
}

export interface CrossValidateOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each of the repeats. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Raise it when the same pictures, features and seed give other answers. */
export const PROBE_VERSION = 1;

/** Kohavi 1995: five to ten folds, stratified, lose little to bias; five learn from four fifths, as a run here does. */
const FOLD_COUNT = 5;

/** Odd, so that most of them are always of one mind; each deals the folds anew, so that no one deal decides. */
export const REPEAT_COUNT = 3;

/**
 * A head's settings, but for a fixed number of epochs: to stop at the best one the pictures that check would have to choose it.
 * Half of a run's most; heads that stop early stop there or sooner.
 */
const PROBE: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, epochs: 30 };

const STREAM = 52;

/**
 * Stratified k-fold cross-validation of a linear probe, several times over. The folds of a repeat train as one stack. What
 * a head is standardised by comes from the pictures that it learns from. Needs a tfjs backend; equal seeds give equal answers.
 *
 * @throws EngineError `dataset/too-few-images` if no picture can be checked; the signal's reason within one epoch of an abort.
 */
export async function crossValidate(
  data: ProbeExamples,
  { seed, signal, onProgress }: CrossValidateOptions,
): Promise<CrossValidation> {
  const foldCount = Math.max(2, Math.min(FOLD_COUNT, new Set(data.pictures).size));
  const rightCounts = Array.from<number | null>(data.labels).fill(null);
  for (let repeat = 0; repeat < REPEAT_COUNT; repeat++) {
    const foldOf = stratifiedFolds(data, { foldCount, seed, repeat });
    const rows = Uint32Array.from(foldOf.keys());
    const folds = Array.from({ length: foldCount }, (_, fold) => ({
      checked: rows.filter((row) => foldOf[row] === fold),
      learned: rows.filter((row) => foldOf[row] !== fold),
    })).filter(({ checked }) => checked.length > 0);
    const heads = await trainFolds(
      data,
      folds.map(({ learned }) => learned),
      { seed: seed + repeat, signal },
    );
    for (const [fold, { checked }] of folds.entries()) {
      const probabilities = await predictRows(heads[fold] as LinearHead, data.source, checked); // as: one a fold
      checked.forEach((row, index) => {
        const isRight = argMax(probabilities[index] ?? []) === data.labels[row];
        rightCounts[row] = (rightCounts[row] ?? 0) + (isRight ? 1 : 0);
      });
    }
    onProgress?.(repeat + 1, REPEAT_COUNT);
  }
  if (rightCounts.every((count) => count === null)) throw nothingToCheck(data.labels.length);
  return { foldCount, repeatCount: REPEAT_COUNT, rightCounts };
}

function nothingToCheck(imageCount: number): EngineError {
  return new EngineError(
    'dataset/too-few-images',
    `Of ${imageCount} pictures none can be checked by what is learned from the others: those of each class are copies of one. Add different pictures.`,
    { images: imageCount },
  );
}

/**
 * One head a fold, all in one stack: folds see batches of their own as seeds do. One with fewer rows begins its order again
 * where it ends, so that batches are of one size.
 *
 * @param folds  rows that each learns from; at least one row each.
 * @returns      heads for raw embeddings.
 */
async function trainFolds(
  { source, labels, classCount }: ProbeExamples,
  folds: readonly Uint32Array[],
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<LinearHead[]> {
  if (folds.length === 0) return [];
  const [featureCount = 0] = source.shape;
  const config = { ...PROBE, seed };
  const prepared = await prepareFolds(source, folds);
  const stack = new HeadStack(
    { seedCount: folds.length, headCount: 1, featureCount, classCount },
    folds.map(() => [config]),
  );
  const longest = Math.max(...folds.map(({ length }) => length));
  try {
    for (let epoch = 0; epoch < PROBE.epochs; epoch++) {
      const orders = folds.map(({ length }, fold) =>
        shuffle(
          Uint32Array.from({ length }, (_, place) => place),
          createRandom(seed, STREAM, epoch, fold),
        ),
      );
      for (let start = 0; start < longest; start += PROBE.batchSize) {
        const size = Math.min(PROBE.batchSize, longest - start);
        const places = new Int32Array(folds.length * size);
        const classes = new Int32Array(folds.length * size);
        folds.forEach((rows, fold) => {
          for (let index = 0; index < size; index++) {
            const place = orders[fold]?.[(start + index) % rows.length] ?? 0;
            places[fold * size + index] = (prepared.starts[fold] ?? 0) + place;
            classes[fold * size + index] = labels[rows[place] ?? 0] ?? 0;
          }
        });
        const inputs = tf.tidy(() => tf.gather(prepared.table, tf.tensor1d(places, 'int32')));
        stack.step(inputs, classes, null, 1);
        inputs.dispose();
      }
      await yieldToEventLoop(); // native ops hold the thread
      signal?.throwIfAborted();
    }
    stack.keep(folds.map(() => true));
    const heads = await stack.kept();
    return heads.map((head, fold) => {
      const standardisation = prepared.standardisations[fold];
      return standardisation === undefined ? head : foldPreprocessing(head, standardisation);
    });
  } finally {
    stack.dispose();
    prepared.table.dispose();
  }
}

/** The rows of all folds one after another, each fold's standardised by themselves, a 1 behind each: [rows, features + 1]. */
async function prepareFolds(source: ExampleSource, folds: readonly Uint32Array[]) {
  const [featureCount = 0] = source.shape;
  const width = featureCount + 1;
  const starts: number[] = [];
  const rowCount = folds.reduce((sum, rows) => (starts.push(sum), sum + rows.length), 0);
  const values = new Float32Array(rowCount * width).fill(1);
  const standardisations = [];
  for (const [fold, rows] of folds.entries()) {
    const standardisation = await measureStandardisation(source, rows);
    standardisations.push(standardisation);
    const own = new Float32Array(rows.length * featureCount);
    await source.read(rows, null, own);
    shiftAndScale(own, standardisation);
    for (let row = 0; row < rows.length; row++)
      values.set(own.subarray(row * featureCount, (row + 1) * featureCount), ((starts[fold] ?? 0) + row) * width);
  }
  return { table: tf.tensor2d(values, [rowCount, width]), starts, standardisations };
}

/** Rows that could be checked, and of those the ones that most repeats get right. */
export function rightRows({ rightCounts, repeatCount }: CrossValidation): ReadonlyMap<number, boolean> {
  const checked = new Map<number, boolean>();
  rightCounts.forEach((count, row) => {
    if (count !== null) checked.set(row, 2 * count > repeatCount);
  });
  return checked;
}
