import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import {
  changedSettings,
  fractionOf,
  invalidSettings,
  isValid,
  parseNumber,
  percentOf,
  rangeOf,
} from '../../../../src-renderer/lib/settings.ts';

test('ranges are those of the contract', () => {
  expect(rangeOf('epochs')).toEqual({ min: 1, max: 1000, includesMin: true });
  expect(rangeOf('learningRate')).toEqual({ min: 0, max: 10, includesMin: false });
  expect(rangeOf('validationFraction')).toEqual({ min: 0.02, max: 0.8, includesMin: true });
});

test('values out of range or of the wrong kind are found', () => {
  expect([isValid('epochs', 0), isValid('epochs', 1.5), isValid('epochs', 60)]).toEqual([false, false, true]);
  expect(invalidSettings({ ...DEFAULT_TRAIN_CONFIG, batchSize: 0, learningRate: 11 })).toEqual([
    'learningRate',
    'batchSize',
  ]);
  expect(invalidSettings(DEFAULT_TRAIN_CONFIG)).toEqual([]);
});

test('settings off the default are named, the backbone among them', () => {
  expect(changedSettings(DEFAULT_TRAIN_CONFIG)).toEqual([]);
  expect(changedSettings({ ...DEFAULT_TRAIN_CONFIG, seed: 7, backbone: 'x' })).toEqual(['backbone', 'seed']);
});

test('numbers are read as people type them', () => {
  expect([' 0.01 ', '0,01', '1e-3', '', 'abc', '-'].map(parseNumber)).toEqual([0.01, 0.01, 0.001, null, null, null]);
});

test('percent and fractions turn into each other without binary noise', () => {
  expect([7, 28, 20.5].map(fractionOf)).toEqual([0.07, 0.28, 0.205]);
  expect([0.07, 0.29, 0.2].map(percentOf)).toEqual([7, 29, 20]);
});
