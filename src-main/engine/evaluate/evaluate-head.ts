import type { Picture, Split } from '../../contract/dataset.ts';
import type { Evaluation } from '../../contract/results.ts';
import type { LinearHead } from '../network/network.ts';
import { evaluate } from './evaluate.ts';
import { predictHead } from './predict-head.ts';

interface Subject {
  /** One a row of the features. */
  readonly pictures: readonly Picture[];
  readonly classes: readonly string[];
  readonly split: Split;
}

/**
 * Measures a head on the embeddings of one split.
 *
 * @param features  float32 [pictures, features], row-major.
 * @param rows      the rows of that split; at least one.
 */
export function evaluateHead(
  head: LinearHead,
  features: Float32Array,
  rows: Uint32Array,
  { pictures, classes, split }: Subject,
): Evaluation {
  const probabilities = predictHead(features, rows, head);
  const answers = Array.from(rows, (row, index) => {
    const [picture, answer] = [pictures[row], probabilities[index]];
    if (picture === undefined || answer === undefined) throw new Error(`Row ${row} has no picture`);
    return { id: picture.id, path: picture.path, truth: picture.className, probabilities: answer };
  });
  return evaluate(classes, answers, { split, choseBestEpoch: split === 'validation' });
}
