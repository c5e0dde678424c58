/** Sorting, grouping and counting of predictions, as the Evaluate screen shows them. */
import type { Evaluation, Prediction } from '../../src-main/contract/results.ts';

export interface Case extends Prediction {
  /** Probability of the predicted class. */
  readonly confidence: number;
  readonly isRight: boolean;
}

export interface CaseGroup {
  readonly truth: string;
  readonly predicted: string;
  readonly cases: readonly Case[];
}

/** Every prediction, the surest first. */
export function casesOf({ predictions }: Pick<Evaluation, 'predictions'>): readonly Case[] {
  return predictions
    .map((prediction) => ({
      ...prediction,
      confidence: Math.max(0, ...prediction.probabilities),
      isRight: prediction.truth === prediction.predicted,
    }))
    .sort((a, b) => b.confidence - a.confidence);
}

/** "ants taken for bees" and so on: wrong groups first, the largest first; the order inside a group is kept. */
export function groupCases(cases: readonly Case[]): readonly CaseGroup[] {
  const groups = new Map<string, { truth: string; predicted: string; cases: Case[] }>();
  for (const one of cases) {
    const { truth, predicted } = one;
    const key = JSON.stringify([truth, predicted]);
    const group = groups.get(key) ?? { truth, predicted, cases: [] };
    group.cases.push(one);
    groups.set(key, group);
  }
  return [...groups.values()].sort(
    (a, b) => Number(isRight(a)) - Number(isRight(b)) || b.cases.length - a.cases.length,
  );
}

const isRight = ({ truth, predicted }: CaseGroup): boolean => truth === predicted;

/** Classes with their probabilities, the likeliest first. */
export function rankedClasses(
  classes: readonly string[],
  probabilities: readonly number[],
): readonly { readonly name: string; readonly probability: number }[] {
  return classes
    .map((name, index) => ({ name, probability: probabilities[index] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
}

/** Share of the largest class: what always answering with it would reach. */
export function guessingShare({ confusion, imageCount }: Pick<Evaluation, 'confusion' | 'imageCount'>): number {
  const rows = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  return imageCount === 0 ? 0 : Math.max(0, ...rows) / imageCount;
}

export interface MeanMetrics {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** Plain means over the classes for which a figure exists. */
export function meanMetrics(perClass: Evaluation['perClass']): MeanMetrics {
  const mean = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return {
    precision: mean(perClass.map(({ precision }) => precision)),
    recall: mean(perClass.map(({ recall }) => recall)),
    f1: mean(perClass.map(({ f1 }) => f1)),
  };
}

/** Start of the accuracy scale: a round ten below everything that is marked on it. */
export function scaleStart(...marks: readonly number[]): number {
  return Math.max(0, Math.min(0.5, Math.floor(Math.min(...marks) * 10 - 1e-9) / 10));
}
