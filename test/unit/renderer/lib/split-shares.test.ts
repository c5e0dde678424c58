import { expect, test } from 'vitest';
import type { DatasetSummary } from '../../../../src-main/contract/dataset.ts';
import { expectedSplit, imbalanceOf } from '../../../../src-renderer/lib/split-shares.ts';

function dataset(splitSource: DatasetSummary['splitSource'], ...imageCounts: readonly number[]): DatasetSummary {
  const classes = imageCounts.map((imageCount, index) => {
    const validation = Math.floor(imageCount / 3); // not what any share below gives
    const counts = { training: imageCount - validation, validation, test: 0 };
    return { name: `class ${index}`, imageCount, counts, missingCount: 0 };
  });
  return { classes, imageCount: 0, excludedCount: 0, splitSource, skipped: [], blocker: null };
}
const shares = (validationFraction: number, testFraction: number) => ({ seed: 42, validationFraction, testFraction });

test('shares are rounded class by class, each class keeping one picture for every part', () => {
  // 10 → 5 + 3 (2.5 rounds up), 3 → 2 (1.5) + none left beside the one that trains, 2 → 1 + 0: too few for a test
  expect(expectedSplit(dataset('seed', 10, 3, 2), shares(0.5, 0.25), null)).toEqual({
    counts: { training: 2 + 1 + 1, validation: 5 + 2 + 1, test: 3 + 0 + 0 },
    isExact: false,
  });
});

test('what the engine has counted stands', () => {
  const { classes } = dataset('seed', 11, 9);
  const counts = { training: 14, validation: 6, test: 0 };
  expect(expectedSplit(dataset('seed', 11, 9), shares(0.5, 0.25), classes)).toEqual({ counts, isExact: true });
});

test('imbalance compares the largest class with the smallest that has pictures', () => {
  expect(imbalanceOf(dataset('seed', 30, 0, 10, 45))).toBe(4.5);
  expect(imbalanceOf(dataset('seed', 30))).toBe(1);
});
