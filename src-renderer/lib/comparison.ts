/** Two sets of answers on the same pictures: what the second turned right, and what it turned wrong. */
import type { Evaluation } from '../../src-main/contract/results.ts';

export interface Comparison {
  /** Pictures that both have answered. */
  readonly commonCount: number;
  /** Their ids, by what became of them; what stayed as it was is in neither. */
  readonly toRight: ReadonlySet<string>;
  readonly toWrong: ReadonlySet<string>;
}

type Answers = Pick<Evaluation, 'predictions'>;

/** Each is measured by its own labels: a picture that was relabelled in between counts by what it is now. */
export function compareAnswers(before: Answers, after: Answers): Comparison {
  const wasRight = new Map(before.predictions.map(({ id, truth, predicted }) => [id, truth === predicted]));
  const common = after.predictions.filter(({ id }) => wasRight.has(id));
  const turned = (toRight: boolean): ReadonlySet<string> =>
    new Set(
      common
        .filter(({ id, truth, predicted }) => (truth === predicted) === toRight && wasRight.get(id) !== toRight)
        .map(({ id }) => id),
    );
  return { commonCount: common.length, toRight: turned(true), toWrong: turned(false) };
}
