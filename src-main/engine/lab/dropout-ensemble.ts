/**
 * Dropout as an ensemble: each mask makes a thinner network of the same weights, and the whole network, scaled, stands in for the
 * average of them all. Of a linear head it is so exactly, for the geometric mean; of deeper ones nearly.
 *
 * @see Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", sections 1 and 7.5.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { DropoutResult, EnsemblePicture, EnsembleSize } from '../../contract/lab/dropout.ts';
import type { Noise } from '../network/noise.ts';
import { createTail } from '../network/tail.ts';
import { createRandom } from '../random.ts';
import { average } from './average.ts';
import type { DroppedHead } from './train-dropped.ts';

/** Keeps these draws apart from others with the same seed. */
const STREAM = 42;

type Ensemble = Pick<DropoutResult, 'accuracy' | 'agreement' | 'bySize'> & {
  /** One a row. */
  readonly answers: readonly Omit<EnsemblePicture, 'id' | 'path' | 'truth'>[];
};

interface Options {
  readonly masks: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs rows through the whole network and through `masks` networks that one mask each has thinned.
 *
 * @param head    still with its dropout.
 * @param rows    of its source; at least one.
 * @param labels  class number of each row of the source.
 * @throws the signal's reason on an abort.
 */
export async function measureEnsemble(
  { network, cut, source }: DroppedHead,
  rows: Uint32Array,
  labels: Uint32Array,
  { masks, seed, onProgress, signal }: Options,
): Promise<Ensemble> {
  const [featureCount = 0] = source.shape;
  const values = new Float32Array(rows.length * featureCount);
  await source.read(rows, null, values);
  const truth = Array.from(rows, (row) => labels[row] ?? 0);
  const tail = createTail(network, cut, { reads: 'activations' });
  const inputs = tf.tensor2d(values, [rows.length, featureCount]);
  const answersWith = (noise?: Noise) =>
    Float64Array.from(tf.tidy(() => tf.softmax(tail.logits(inputs, noise)).dataSync<'float32'>()));
  try {
    const scaled = answersWith();
    const classCount = scaled.length / rows.length;
    const named = namesOf(scaled, classCount);
    const sum = new Float64Array(scaled.length);
    const squares = new Float64Array(scaled.length);
    const agreeing = new Float64Array(rows.length);
    const singles: number[] = [];
    const bySize: EnsembleSize[] = [];
    for (let mask = 0; mask < masks; mask++) {
      signal?.throwIfAborted();
      const one = answersWith(sharedMask(seed, mask));
      one.forEach((probability, index) => {
        sum[index] = (sum[index] ?? 0) + probability;
        squares[index] = (squares[index] ?? 0) + probability ** 2;
      });
      const names = namesOf(one, classCount);
      names.forEach((name, row) => (agreeing[row] = (agreeing[row] ?? 0) + Number(name === named[row])));
      singles.push(shareOfEqual(names, truth));
      if (isMilestone(mask + 1, masks)) {
        const mean = sum.map((total) => total / (mask + 1));
        const accuracy = shareOfEqual(namesOf(mean, classCount), truth);
        bySize.push({ masks: mask + 1, accuracy, difference: meanDifference(mean, scaled) });
      }
      onProgress?.(mask + 1);
      await yieldToEventLoop(); // native ops hold the thread: let messages in
    }
    const mean = sum.map((total) => total / masks);
    const std = squares.map((total, index) => Math.sqrt(Math.max(0, total / masks - (mean[index] ?? 0) ** 2)));
    const of = (all: Float64Array, row: number) => [...all.subarray(row * classCount, (row + 1) * classCount)];
    return {
      accuracy: {
        scaled: shareOfEqual(named, truth),
        single: { mean: average(singles), least: Math.min(...singles), most: Math.max(...singles) },
        ensemble: bySize.at(-1)?.accuracy ?? 0,
      },
      agreement: shareOfEqual(namesOf(mean, classCount), named),
      bySize,
      answers: truth.map((_, row) => ({
        scaled: of(scaled, row),
        mean: of(mean, row),
        std: of(std, row),
        agreement: (agreeing[row] ?? 0) / masks,
      })),
    };
  } finally {
    inputs.dispose();
    tail.dispose();
  }
}

/** One mask for all pictures, as of one network. In training each picture of a batch has its own. */
function sharedMask(seed: number, number: number): Noise {
  const random = createRandom(seed, STREAM, number);
  return {
    mask(_node, shape, rate) {
      const own = [1, ...shape.slice(1)]; // stretched over the batch where it is multiplied
      const length = own.reduce((product, size) => product * size, 1);
      return tf.tensor(
        Float32Array.from({ length }, () => (random() < rate ? 0 : 1)),
        own,
      );
    },
    draw: () => random(),
  };
}

/** 1, 2, 5, 10, 20, 50, … and the last. */
function isMilestone(count: number, last: number): boolean {
  return count === last || /^[125]0*$/.test(String(count));
}

/** Class of the largest probability in each row. */
function namesOf(probabilities: Float64Array, classCount: number): number[] {
  return Array.from({ length: probabilities.length / classCount }, (_, row) => {
    const own = probabilities.subarray(row * classCount, (row + 1) * classCount);
    return own.indexOf(Math.max(...own));
  });
}

function shareOfEqual(names: readonly number[], others: readonly number[]): number {
  return names.filter((name, row) => name === others[row]).length / names.length;
}

function meanDifference(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length;
}
