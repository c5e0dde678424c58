/** L1 against L2 on the user's embeddings: which weights are left, at what accuracy. */
import * as tf from '@tensorflow/tfjs-core';
import {
  NEAR_ZERO_SHARE,
  type PenalisedHead,
  type PenaltyOptions,
  type PenaltyResult,
} from '../../contract/lab/penalties.ts';
import { softmaxCrossEntropy } from '../train/loss.ts';
import { shiftAndScale, type DiagonalMap } from '../train/preprocess/feature-map.ts';
import { measureStandardisation } from '../train/preprocess/standardise.ts';
import type { LabelledExamples } from '../train/labelled-examples.ts';
import { histogramOf } from './histogram.ts';
import { solvePenalised, type Batch, type Penalty } from './penalised-heads.ts';

interface Progress {
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

interface Kind extends Penalty {
  readonly penalty: PenalisedHead['penalty'];
  readonly strength: number;
}

/**
 * Trains a linear head on standardised embeddings without a penalty, and with L1 and L2 of each strength.
 *
 * Needs a tfjs backend; nothing is drawn at random.
 *
 * @param data  all of its rows are used.
 * @throws the signal's reason on an abort.
 */
export async function comparePenalties(
  data: LabelledExamples,
  { strengths, iterations, tolerance, bins }: Omit<PenaltyOptions, 'seed' | 'pictures' | 'backbone'>,
  { onProgress, signal }: Progress = {},
): Promise<PenaltyResult> {
  const { source, classCount, trainingRows, validationRows } = data;
  const [featureCount = 0] = source.shape;
  const kinds: Kind[] = [
    { penalty: 'none', strength: 0, l1: 0, l2: 0 },
    ...strengths.map((strength): Kind => ({ penalty: 'l1', strength, l1: strength, l2: 0 })),
    ...strengths.map((strength): Kind => ({ penalty: 'l2', strength, l1: 0, l2: strength })),
  ];
  const standardisation = await measureStandardisation(source, trainingRows);
  const training = await upload(data, trainingRows, standardisation);
  const validation = await upload(data, validationRows, standardisation);
  try {
    const solved = await solvePenalised(training, kinds, { classCount, iterations, onProgress, signal });
    const heads = kinds.map(({ penalty, strength }, index): PenalisedHead =>
      tf.tidy(() => {
        const head = tf.slice(solved, [0, index * classCount], [-1, classCount]) as tf.Tensor2D; // as: two axes
        const weights = tf.slice(head, [0, 0], [featureCount, classCount]).dataSync<'float32'>();
        return {
          penalty,
          strength,
          trainingAccuracy: measure(head, training).accuracy,
          validationAccuracy: measure(head, validation).accuracy,
          validationLoss: measure(head, validation).loss,
          ...sparsityOf(weights, classCount),
          histogram: histogramOf(weights, bins),
        };
      }),
    );
    solved.dispose();
    const pictureCounts = { training: trainingRows.length, validation: validationRows.length };
    return { pictureCounts, featureCount, heads, matched: matchedHeads(heads, tolerance) };
  } finally {
    tf.dispose([training.inputs, training.classes, validation.inputs, validation.classes]);
  }
}

async function upload(
  { source, labels }: LabelledExamples,
  rows: Uint32Array,
  standardisation: DiagonalMap,
): Promise<Batch> {
  const [featureCount = 0] = source.shape;
  const values = new Float32Array(rows.length * featureCount);
  await source.read(rows, null, values);
  shiftAndScale(values, standardisation);
  const inputs = tf.tidy(() =>
    tf.concat2d([tf.tensor2d(values, [rows.length, featureCount]), tf.ones([rows.length, 1])], 1),
  );
  return {
    inputs,
    classes: tf.tensor1d(
      Int32Array.from(rows, (row) => labels[row] ?? 0),
      'int32',
    ),
  };
}

function measure(head: tf.Tensor2D, { inputs, classes }: Batch): { readonly accuracy: number; readonly loss: number } {
  const logits = tf.matMul(inputs, head) as tf.Tensor2D; // as: two axes
  const isRight = tf.cast(tf.equal(tf.argMax(logits, 1), classes), 'float32');
  return {
    accuracy: tf.mean(isRight).dataSync()[0] ?? 0,
    loss: softmaxCrossEntropy(logits, classes).dataSync()[0] ?? NaN,
  };
}

/** @param weights  [features, classes], row-major. */
function sparsityOf(weights: Float32Array, classCount: number) {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const nearZero = weights.filter((weight) => Math.abs(weight) <= NEAR_ZERO_SHARE * largest).length;
  const used = new Set<number>();
  let zeroCount = 0;
  weights.forEach((weight, index) => {
    if (weight === 0) zeroCount++;
    else used.add(Math.floor(index / classCount));
  });
  return {
    zeroShare: zeroCount / weights.length,
    nearZeroShare: nearZero / weights.length,
    usedFeatureCount: used.size,
  };
}

/** The strongest of each penalty that is as accurate, but for the tolerance, as both can be. */
function matchedHeads(heads: readonly PenalisedHead[], tolerance: number): PenaltyResult['matched'] {
  const of = (wanted: PenalisedHead['penalty']) => heads.filter(({ penalty }) => penalty === wanted);
  const best = (some: readonly PenalisedHead[]) => Math.max(...some.map((head) => head.validationAccuracy));
  const enough = Math.min(best(of('l1')), best(of('l2'))) - tolerance;
  const strongest = (wanted: PenalisedHead['penalty']): number => {
    const good = of(wanted).filter(({ validationAccuracy }) => validationAccuracy >= enough);
    const [most] = good.toSorted((a, b) => b.strength - a.strength);
    return heads.indexOf(most as PenalisedHead); // as: the best one is good
  };
  return { l1: strongest('l1'), l2: strongest('l2') };
}
