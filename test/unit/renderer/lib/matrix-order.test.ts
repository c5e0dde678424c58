import { expect, test } from 'vitest';
import { byErrors, confusedPairs, reordered } from '../../../../src-renderer/lib/matrix-order.ts';

/** Worked by hand: a has 1 + 2 wrong (row) and 0 (column), b 0 and 1 + 3, c 3 and 2. */
const CONFUSION = [
  [7, 1, 2],
  [0, 9, 0],
  [0, 3, 3],
];

test('classes stand by the wrong pictures that they are part of, as label or as prediction', () => {
  expect(byErrors(CONFUSION)).toEqual([2, 1, 0]); // 5, 4, 3
  expect(
    byErrors([
      [1, 1],
      [1, 1],
    ]),
  ).toEqual([0, 1]);
});

test('rows and columns move together', () => {
  expect(reordered(CONFUSION, [2, 1, 0])).toEqual([
    [3, 3, 0],
    [0, 9, 0],
    [2, 1, 7],
  ]);
});

test('pairs are listed by how often they are confused, then by the share of their label', () => {
  expect(confusedPairs(CONFUSION)).toEqual([
    { truth: 2, predicted: 1, count: 3, share: 0.5 },
    { truth: 0, predicted: 2, count: 2, share: 0.2 },
    { truth: 0, predicted: 1, count: 1, share: 0.1 },
  ]);
  const tied = confusedPairs([
    [9, 1, 0],
    [0, 0, 1],
    [0, 0, 4],
  ]);
  expect(tied.map(({ truth, predicted }) => [truth, predicted])).toEqual([
    [1, 2],
    [0, 1],
  ]);
});
