import { expect, test } from 'vitest';
import type { TtaReport } from '../../../../src-main/contract/results.ts';
import { ttaReport } from '../../../../src-main/contract/results.ts';
import { reportTta, type PairedAnswer } from '../../../../src-main/engine/evaluate/tta-report.ts';
import { groupViews, planViews } from '../../../../src-main/engine/evaluate/views.ts';

/** A picture of class a, right or wrong without and with augmentation; its subsets choose as listed. */
function answer(
  id: number,
  plain: 'right' | 'wrong',
  after: 'right' | 'wrong',
  subsets: readonly number[],
): PairedAnswer {
  const probabilities = { right: [0.8, 0.2], wrong: [0.3, 0.7] };
  return {
    id: String(id),
    path: `a/${id}.png`,
    truth: 'a',
    probabilities: probabilities[after],
    plainProbabilities: probabilities[plain],
    subsetChoices: subsets,
  };
}

test('gain, paired change, cost and what each part adds are those of a hand count', () => {
  const plan = planViews({ scales: [32, 48], crops: 'centre' }, 32);
  const groups = groupViews(plan.views); // two scales, each with one view
  const answers = [
    answer(1, 'right', 'right', [0, 0, 0, 0]),
    answer(2, 'wrong', 'right', [0, 1, 1, 0]),
    answer(3, 'wrong', 'right', [0, 1, 1, 0]),
    answer(4, 'right', 'wrong', [1, 1, 1, 1]),
    answer(5, 'wrong', 'wrong', [0, 1, 1, 0]),
  ];
  const secondsPerPicture = { plain: 0.01, tta: 0.02 };
  const report = reportTta(['a', 'b'], answers, {
    plan,
    groups,
    secondsPerPicture,
    split: 'test',
    choseBestEpoch: false,
  });
  const { evaluation, ...rest } = report;
  expect(rest).toEqual({
    plainAccuracy: 0.4,
    scales: [32, 48],
    crops: ['centre'],
    viewCount: 2,
    fixedCount: 2,
    brokenCount: 1,
    pValue: 1, // of three changes, two or more go one way always
    secondsPerPicture,
    parts: [
      { kind: 'scale', name: '32', viewCount: 1, alone: 0.8, without: 0.2 },
      { kind: 'scale', name: '48', viewCount: 1, alone: 0.2, without: 0.8 },
    ],
  } satisfies Omit<TtaReport, 'evaluation'>);
  expect(evaluation).toMatchObject({ split: 'test', accuracy: 0.6, imageCount: 5, choseBestEpoch: false });
  expect(ttaReport.parse(report)).toEqual(report);
});
