import { expect, test } from 'vitest';
import { toEntry } from '../../../bench/entries.js';
import { compareAccuracy } from '../../../bench/figures/accuracy.js';
import { median } from '../../../bench/statistics.js';

const conditions = { date: '2026-01-01', machine: 'any', versions: {}, repeats: 1, isQuick: false };
const measured = { runs: [], ours: '', peer: '' };
const recipe = (...val: number[]) => ({ seconds: 1, stages: [{ stage: 'head', seconds: 1, val }] });

test('a figure meets its goal on the side that the goal names', () => {
  const met = (name: 'tail_step_vs_keras' | 'wasm_tail_vs_native', value: number) =>
    toEntry(name, { ...measured, value }, conditions).met;
  expect([met('tail_step_vs_keras', 3.6), met('tail_step_vs_keras', 3.4)]).toEqual([true, false]);
  expect([met('wasm_tail_vs_native', 3.6), met('wasm_tail_vs_native', 3.4)]).toEqual([false, true]);
});

test('what else a goal asks for can fail it or leave it open, and a failure never meets it', () => {
  const met = (value: number, holds: boolean | null) =>
    toEntry('upper_vs_keras', { ...measured, value, holds }, conditions).met;
  expect([met(9, true), met(9, false), met(9, null), met(7, null)]).toEqual([true, false, null, false]);
  expect(toEntry('upper_vs_keras', { failed: 'no Python' }, conditions)).toMatchObject({ value: null, met: false });
});

test('our mean accuracy may lie one picture of 153 below the better peer, and no more', () => {
  const peers = { keras: [recipe(0.99, 140 / 153)], pytorch: [recipe(144 / 153), recipe(142 / 153)] };
  const holds = (...correct: number[]) =>
    compareAccuracy(
      correct.map((count) => count / 153),
      peers,
    ).holds;
  expect([holds(142, 142, 142), holds(141, 142, 143), holds(142, 142, 141)]).toEqual([true, true, false]);
  expect(compareAccuracy([0.9], { keras: [], pytorch: [] }).holds).toBeNull();
});

test('the median of an even count lies between the middle two', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});
