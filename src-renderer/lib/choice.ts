/** Which pictures a number of the Evaluate screen opens. The choice lies in the address, so a reload keeps it. */
import type { Case } from './evaluation-view.ts';

const OUTCOMES = ['wrong', 'right', 'all'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Pictures whose answer another run, or test-time augmentation, has turned. */
const TURNS = ['run-right', 'run-wrong', 'tta-right', 'tta-wrong'] as const;
export type Turn = (typeof TURNS)[number];

/** One cell of the confusion matrix. */
export interface Cell {
  readonly truth: string;
  readonly predicted: string;
}

export type Choice =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | ({ readonly kind: 'cell' } & Cell)
  /** A row of it, a column of it, or all wrong pictures of both. */
  | { readonly kind: 'labelled' | 'predicted' | 'mistakes'; readonly name: string }
  | { readonly kind: 'turned'; readonly turn: Turn };

export const ALL_WRONG: Choice = { kind: 'outcome', outcome: 'wrong' };

type Query = Readonly<Record<string, string>>;

export function choiceOf({ show, truth, predicted, mistakes, turned }: Query): Choice {
  const turn = TURNS.find((one) => one === turned);
  if (turn !== undefined) return { kind: 'turned', turn };
  if (truth !== undefined && predicted !== undefined) return { kind: 'cell', truth, predicted };
  if (truth !== undefined) return { kind: 'labelled', name: truth };
  if (predicted !== undefined) return { kind: 'predicted', name: predicted };
  if (mistakes !== undefined) return { kind: 'mistakes', name: mistakes };
  return { kind: 'outcome', outcome: OUTCOMES.find((one) => one === show) ?? 'wrong' };
}

/** What the choice makes of the address; null takes a key away. */
export function queryOf(choice: Choice): Readonly<Record<string, string | null>> {
  const none = { show: null, truth: null, predicted: null, mistakes: null, turned: null };
  switch (choice.kind) {
    case 'outcome':
      return { ...none, show: choice.outcome === 'wrong' ? null : choice.outcome };
    case 'cell':
      return { ...none, truth: choice.truth, predicted: choice.predicted };
    case 'labelled':
      return { ...none, truth: choice.name };
    case 'predicted':
      return { ...none, predicted: choice.name };
    case 'mistakes':
      return { ...none, mistakes: choice.name };
    case 'turned':
      return { ...none, turned: choice.turn };
  }
}

/**
 * @param turned  ids of the pictures whose answer was turned, for that kind of choice.
 * @returns       the cases of a choice, in the order given.
 */
export function chosenCases(
  cases: readonly Case[],
  choice: Choice,
  turned: (turn: Turn) => ReadonlySet<string>,
): readonly Case[] {
  switch (choice.kind) {
    case 'outcome':
      if (choice.outcome === 'all') return cases;
      return cases.filter(({ isRight }) => isRight === (choice.outcome === 'right'));
    case 'cell':
      return cases.filter((one) => one.truth === choice.truth && one.predicted === choice.predicted);
    case 'labelled':
      return cases.filter(({ truth }) => truth === choice.name);
    case 'predicted':
      return cases.filter(({ predicted }) => predicted === choice.name);
    case 'mistakes':
      return cases.filter(
        ({ truth, predicted, isRight }) => !isRight && (truth === choice.name || predicted === choice.name),
      );
    case 'turned': {
      const ids = turned(choice.turn);
      return cases.filter(({ id }) => ids.has(id));
    }
  }
}
