import * as tf from '@tensorflow/tfjs-core';
import type { LabelledExamples } from '../train/labelled-examples.ts';
import { shiftAndScale } from '../train/preprocess/feature-map.ts';
import { measureStandardisation } from '../train/preprocess/standardise.ts';

/** Neighbours that vote: enough to quieten single odd pictures, few enough for small classes. */
const NEIGHBOUR_COUNT = 5;

/** Rows whose distances are computed together; bounds memory. */
const CHUNK_ROWS = 512;

/**
 * Votes of the nearest training pictures, by distance of standardised embeddings: a classifier that draws no straight lines.
 *
 * @returns float32 [rows, classes], shares of the votes, each vote a little lighter than the nearer one's.
 * @see Cover & Hart 1967, "Nearest neighbor pattern classification".
 */
export async function neighbourScores(
  { source, labels, classCount }: Pick<LabelledExamples, 'source' | 'labels' | 'classCount'>,
  trainingRows: Uint32Array,
  rows: Uint32Array,
): Promise<Float32Array> {
  const [featureCount = 0] = source.shape;
  const standardisation = await measureStandardisation(source, trainingRows);
  const read = async (which: Uint32Array): Promise<tf.Tensor2D> => {
    const values = new Float32Array(which.length * featureCount);
    await source.read(which, null, values);
    shiftAndScale(values, standardisation);
    return tf.tensor2d(values, [which.length, featureCount]);
  };
  const known = await read(trainingRows);
  const neighbourCount = Math.min(NEIGHBOUR_COUNT, trainingRows.length);
  const scores = new Float32Array(rows.length * classCount);
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const chunk = await read(rows.subarray(start, start + CHUNK_ROWS));
    const nearest = tf.tidy(() => {
      const squares = tf.sum(tf.square(known), 1);
      const closeness = tf.sub(tf.mul(tf.matMul(chunk, known, false, true), 2), squares);
      return tf.topk(closeness, neighbourCount).indices;
    });
    const found = await nearest.data<'int32'>();
    tf.dispose([chunk, nearest]);
    found.forEach((place, index) => {
      const at = (start + Math.floor(index / neighbourCount)) * classCount + (labels[trainingRows[place] ?? 0] ?? 0);
      // The nearer of two classes with as many votes wins.
      scores[at] = (scores[at] ?? 0) + 1 - (index % neighbourCount) / 100;
    });
  }
  known.dispose();
  return scores;
}
