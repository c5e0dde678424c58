import { expect, test } from 'vitest';
import {
  casesOf,
  filterCases,
  groupCases,
  guessingShare,
  meanMetrics,
  rankedClasses,
  scaleStart,
} from '../../../../src-renderer/lib/evaluation-view.ts';
import { galleryRows } from '../../../../src-renderer/lib/gallery-rows.ts';

const prediction = (id: string, truth: string, predicted: string, confidence: number) => ({
  id,
  path: `${truth}/${id}.jpg`,
  truth,
  predicted,
  probabilities: predicted === 'ants' ? [confidence, 1 - confidence] : [1 - confidence, confidence],
});
const CASES = casesOf({
  predictions: [
    prediction('a', 'ants', 'ants', 0.7),
    prediction('b', 'ants', 'bees', 0.6),
    prediction('c', 'bees', 'ants', 0.8),
    prediction('d', 'ants', 'bees', 0.9),
    prediction('e', 'bees', 'bees', 0.99),
  ],
});
const ids = (cases: readonly { id: string }[]): string => cases.map(({ id }) => id).join('');

test('pictures stand in the order of confidence', () => {
  expect(ids(CASES)).toBe('edcab');
});

test('wrong, right and all, or one cell of the matrix alone', () => {
  expect(ids(filterCases(CASES, 'wrong', null))).toBe('dcb');
  expect(ids(filterCases(CASES, 'right', null))).toBe('ea');
  expect(ids(filterCases(CASES, 'all', null))).toBe('edcab');
  expect(ids(filterCases(CASES, 'right', { truth: 'ants', predicted: 'bees' }))).toBe('db');
});

test('wrong pictures are grouped by confusion, the most frequent first', () => {
  const groups = groupCases(filterCases(CASES, 'wrong', null));
  expect(groups.map(({ truth, predicted, cases }) => [truth, predicted, ids(cases)])).toEqual([
    ['ants', 'bees', 'db'],
    ['bees', 'ants', 'c'],
  ]);
});

test('the gallery breaks groups into rows and numbers every picture once', () => {
  const rows = galleryRows(groupCases(filterCases(CASES, 'wrong', null)), 1);
  expect(
    rows.map((row) =>
      row.type === 'title' ? `${row.truth}>${row.predicted} ${row.count}` : `${row.from}${ids(row.cases)}`,
    ),
  ).toEqual(['ants>bees 2', '0d', '1b', 'bees>ants 1', '2c']);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});

test('guessing reaches the share of the largest class', () => {
  expect(
    guessingShare({
      confusion: [
        [64, 6],
        [3, 80],
      ],
      imageCount: 153,
    }),
  ).toBeCloseTo(83 / 153);
  expect(guessingShare({ confusion: [], imageCount: 0 })).toBe(0);
});

test('means leave out classes for which a figure does not exist', () => {
  const perClass = [
    { name: 'a', imageCount: 2, precision: null, recall: 0.5, f1: null },
    { name: 'b', imageCount: 2, precision: 0.8, recall: 1, f1: 0.9 },
  ];
  expect(meanMetrics(perClass)).toEqual({ precision: 0.8, recall: 0.75, f1: 0.9 });
  expect(meanMetrics([])).toEqual({ precision: null, recall: null, f1: null });
});

test('classes are ranked by probability', () => {
  expect(rankedClasses(['a', 'b', 'c'], [0.2, 0.7, 0.1]).map(({ name }) => name)).toEqual(['b', 'a', 'c']);
});

test('the accuracy scale starts at a round ten below all that it shows', () => {
  expect(scaleStart(0.89, 0.54, 0.94)).toBe(0.5);
  expect(scaleStart(0.3, 0.33, 0.42)).toBeCloseTo(0.2);
  expect(scaleStart(0.05, 0.02)).toBe(0);
});
