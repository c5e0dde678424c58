/** Where a model mistakes one class for another most often. */
import type { Evaluation } from '../../src-main/contract/results.ts';

type Confusion = Evaluation['confusion'];

/** Classes by how many wrong pictures they are part of, as label or as prediction; ties keep their order. */
export function byErrors(confusion: Confusion): readonly number[] {
  const errors = confusion.map((row, index) =>
    row.reduce((sum, value, column) => (column === index ? sum : sum + value + (confusion[column]?.[index] ?? 0)), 0),
  );
  return confusion.map((_, index) => index).sort((a, b) => (errors[b] ?? 0) - (errors[a] ?? 0));
}

/** Rows and columns in another order. */
export function reordered(confusion: Confusion, order: readonly number[]): Confusion {
  return order.map((row) => order.map((column) => confusion[row]?.[column] ?? 0));
}

export interface ConfusedPair {
  /** Places among the classes. */
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the pictures with that label. */
  readonly share: number;
}

/** The pairs that are confused most often, the most frequent first; of two alike that with the larger share. */
export function confusedPairs(confusion: Confusion): readonly ConfusedPair[] {
  return confusion
    .flatMap((row, truth) => {
      const total = row.reduce((sum, value) => sum + value, 0);
      return row.flatMap((count, predicted) =>
        count === 0 || truth === predicted ? [] : [{ truth, predicted, count, share: count / total }],
      );
    })
    .sort((a, b) => b.count - a.count || b.share - a.share);
}
