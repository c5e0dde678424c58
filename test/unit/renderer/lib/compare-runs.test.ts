import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { differingSettings, intervalsOverlap, sharesSplit } from '../../../../src-renderer/lib/compare-runs.ts';

const withChanges = (changes: Partial<TrainConfig>): TrainConfig => ({ ...DEFAULT_TRAIN_CONFIG, ...changes });
const rows = (...configs: TrainConfig[]) =>
  differingSettings(configs, []).map(({ setting, values }) => [setting, values]);

test('only settings that differ are listed, in the words of the page', () => {
  expect(rows(DEFAULT_TRAIN_CONFIG, DEFAULT_TRAIN_CONFIG)).toEqual([]);
  const head = { ...DEFAULT_TRAIN_CONFIG.head, hidden: [256, 128] };
  const changed = withChanges({ learningRate: 0.01, labelSmoothing: 0.1, schedule: 'cosine', head });
  expect(rows(DEFAULT_TRAIN_CONFIG, changed)).toEqual([
    ['learningRate', ['0.001', '0.01']],
    ['labelSmoothing', ['0 %', '10.0 %'].map((text) => text.replace(' ', '\u00a0'))],
    ['head.hidden', ['None', '256 + 128']],
    ['head.activation', [null, 'ReLU']], // a linear head has none
    ['head.initialisation', [null, 'He']],
    ['schedule', ['Automatic', 'Cosine']],
  ]);
});

test('what has no effect in a run is no difference', () => {
  expect(rows(withChanges({ tuneEpochs: 3 }), withChanges({ tuneEpochs: 9 }))).toEqual([]);
  const tuned = rows(withChanges({ tuneEpochs: 3 }), withChanges({ mode: 'full', tuneEpochs: 9 }));
  expect(tuned).toContainEqual(['tuneEpochs', [null, '9']]);
});

const judged = (low: number, high: number, changes: Partial<TrainConfig> = {}) => ({
  config: withChanges(changes),
  report: { accuracy: { interval: { low, high } }, counts: { val: 100 } } as never, // as: nothing else is read
});

test('intervals overlap where one accuracy lies within all of them', () => {
  expect(intervalsOverlap([judged(0.8, 0.9), judged(0.85, 0.95)])).toBe(true);
  expect(intervalsOverlap([judged(0.8, 0.85), judged(0.83, 0.9), judged(0.86, 0.95)])).toBe(false);
});

test('runs are judged by the same pictures where nothing that splits them differs', () => {
  expect(sharesSplit([judged(0.8, 0.9), judged(0.8, 0.9, { epochs: 3 })])).toBe(true);
  expect(sharesSplit([judged(0.8, 0.9), judged(0.8, 0.9, { seed: 1 })])).toBe(false);
});
