import { expect, test } from 'vitest';
import { ALL_WRONG, choiceOf, chosenCases, queryOf, type Choice } from '../../../../src-renderer/lib/choice.ts';
import {
  casesOf,
  groupCases,
  guessingShare,
  meanMetrics,
  rankedClasses,
  scaleStart,
} from '../../../../src-renderer/lib/evaluation-view.ts';
import { parseRoute, projectHref } from '../../../../src-renderer/lib/route.ts';
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

const NONE_TURNED = (): ReadonlySet<string> => new Set();
const chosen = (choice: Choice): string => ids(chosenCases(CASES, choice, NONE_TURNED));

test('wrong, right and all, or one cell of the matrix alone', () => {
  expect(chosen({ kind: 'outcome', outcome: 'wrong' })).toBe('dcb');
  expect(chosen({ kind: 'outcome', outcome: 'right' })).toBe('ea');
  expect(chosen({ kind: 'outcome', outcome: 'all' })).toBe('edcab');
  expect(chosen({ kind: 'cell', truth: 'ants', predicted: 'bees' })).toBe('db');
});

test('a class’s figures open what they count: its row, its column, and the wrong pictures of both', () => {
  expect(chosen({ kind: 'labelled', name: 'ants' })).toBe('dab');
  expect(chosen({ kind: 'predicted', name: 'ants' })).toBe('ca');
  expect(chosen({ kind: 'mistakes', name: 'bees' })).toBe('dcb');
});

test('turned answers are looked up by their ids', () => {
  const turned = (turn: string): ReadonlySet<string> => new Set(turn === 'tta-right' ? ['b', 'gone'] : []);
  expect(ids(chosenCases(CASES, { kind: 'turned', turn: 'tta-right' }, turned))).toBe('b');
  expect(ids(chosenCases(CASES, { kind: 'turned', turn: 'run-wrong' }, turned))).toBe('');
});

test('the address keeps a choice, whatever the classes are called', () => {
  const choices: readonly Choice[] = [
    { kind: 'outcome', outcome: 'wrong' },
    { kind: 'outcome', outcome: 'all' },
    { kind: 'cell', truth: 'a&b=c', predicted: '개 미' },
    { kind: 'labelled', name: '100 %' },
    { kind: 'predicted', name: '' },
    { kind: 'mistakes', name: '#' },
    { kind: 'turned', turn: 'run-right' },
  ];
  for (const choice of choices) {
    const route = parseRoute(projectHref('p', 'evaluate', 'r', queryOf(choice)));
    expect(route.screen === 'project' && choiceOf(route.query)).toEqual(choice);
  }
  expect(choiceOf({ show: 'everything', turned: 'round' })).toEqual({ kind: 'outcome', outcome: 'wrong' });
});

test('wrong pictures are grouped by confusion, the most frequent first', () => {
  const groups = groupCases(chosenCases(CASES, ALL_WRONG, NONE_TURNED));
  expect(groups.map(({ truth, predicted, cases }) => [truth, predicted, ids(cases)])).toEqual([
    ['ants', 'bees', 'db'],
    ['bees', 'ants', 'c'],
  ]);
});

test('the gallery breaks groups into rows and numbers every picture once', () => {
  const rows = galleryRows(groupCases(chosenCases(CASES, ALL_WRONG, NONE_TURNED)), 1);
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
