import type { Evaluation, TtaReport, ViewPart } from '../../contract/results.ts';
import type { Answer } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { argMax, mcNemar } from './metrics.ts';
import type { ViewGroup, ViewPlan } from './views.ts';

/** A picture that was predicted with test-time augmentation and without. */
export interface PairedAnswer extends Answer {
  /** Of the picture as it is; `probabilities` are the averaged ones. */
  readonly plainProbabilities: readonly number[];
  /** Choices of `subsetsOf` the groups, in that order. */
  readonly subsetChoices: readonly number[];
}

interface Order extends Pick<Evaluation, 'split' | 'choseBestEpoch'> {
  readonly plan: ViewPlan;
  readonly groups: readonly ViewGroup[];
  readonly secondsPerPicture: TtaReport['secondsPerPicture'];
}

/** The subsets of views whose choices a report needs: each group, and all but it. */
export function subsetsOf(groups: readonly ViewGroup[]): (readonly number[])[] {
  return groups.flatMap(({ members, others }) => [members, others]);
}

/**
 * What test-time augmentation brought and what it cost. The change is counted picture by picture, since both ways saw the
 * same ones: the two accuracies' own intervals would overlap where hardly a picture got worse.
 *
 * @throws RangeError if there is no answer.
 */
export function reportTta(classes: readonly string[], answers: readonly PairedAnswer[], order: Order): TtaReport {
  const { plan, groups, secondsPerPicture, split, choseBestEpoch } = order;
  const isTrue = ({ truth }: Answer, choice: number): boolean => classes[choice] === truth;
  const shareOf = (choiceOf: (answer: PairedAnswer) => number): number =>
    answers.filter((answer) => isTrue(answer, choiceOf(answer))).length / answers.length;
  const before = (answer: PairedAnswer): boolean => isTrue(answer, argMax(answer.plainProbabilities));
  const after = (answer: PairedAnswer): boolean => isTrue(answer, argMax(answer.probabilities));
  const fixedCount = answers.filter((answer) => !before(answer) && after(answer)).length;
  const brokenCount = answers.filter((answer) => before(answer) && !after(answer)).length;
  return {
    evaluation: evaluate(classes, answers, { split, choseBestEpoch }),
    plainAccuracy: answers.filter(before).length / answers.length,
    scales: [...plan.scales],
    crops: [...plan.crops],
    viewCount: plan.views.length,
    fixedCount,
    brokenCount,
    pValue: mcNemar(fixedCount, brokenCount),
    secondsPerPicture,
    parts: groups.map(({ kind, name, members }, index): ViewPart => ({
      kind,
      name,
      viewCount: members.length,
      alone: shareOf(({ subsetChoices }) => subsetChoices[2 * index] ?? -1),
      without: shareOf(({ subsetChoices }) => subsetChoices[2 * index + 1] ?? -1),
    })),
  };
}
