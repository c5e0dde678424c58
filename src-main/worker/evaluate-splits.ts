import type { Picture, Split } from '../contract/dataset.ts';
import type { Evaluation } from '../contract/results.ts';
import { evaluate } from '../engine/evaluate/evaluate.ts';

/** Class probabilities of rows, in their order. */
export type Predict = (rows: Uint32Array) => Promise<readonly (readonly number[])[]>;

export interface EvaluatedSplits {
  readonly validation: Evaluation;
  readonly test: Evaluation | null;
  /** The test split's where there is one: nothing was chosen by it. */
  readonly headline: Evaluation;
}

/** Measures a model on the splits that it did not learn from. */
export async function evaluateSplits(
  pictures: readonly Picture[],
  classes: readonly string[],
  predict: Predict,
): Promise<EvaluatedSplits> {
  const evaluateSplit = async (split: Split): Promise<Evaluation> => {
    const rows = rowsOf(pictures, split);
    const probabilities = await predict(rows);
    const answers = Array.from(rows, (row, index) => {
      const [picture, answer] = [pictures[row], probabilities[index]];
      if (picture === undefined || answer === undefined) throw new Error(`Row ${row} has no picture`);
      return { id: picture.id, path: picture.path, truth: picture.className, probabilities: answer };
    });
    return evaluate(classes, answers, { split, choseBestEpoch: split === 'validation' });
  };
  const validation = await evaluateSplit('validation');
  const test = pictures.some(({ split }) => split === 'test') ? await evaluateSplit('test') : null;
  return { validation, test, headline: test ?? validation };
}

/** Places of a split's pictures in the list. */
export function rowsOf(pictures: readonly Picture[], split: Split): Uint32Array {
  return Uint32Array.from(pictures.flatMap((picture, row) => (picture.split === split ? [row] : [])));
}
