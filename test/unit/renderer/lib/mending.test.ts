import { expect, test } from 'vitest';
import { compareAnswers } from '../../../../src-renderer/lib/comparison.ts';
import { fixOfKey } from '../../../../src-renderer/lib/fix-keys.ts';
import { pendingOf } from '../../../../src-renderer/lib/pending.ts';

const answer = (id: string, truth: string, predicted: string) => ({
  id,
  path: id,
  truth,
  predicted,
  probabilities: [],
});

test('answers are compared on the pictures that both have seen, each by its own labels', () => {
  const before = {
    predictions: [
      answer('stays', 'a', 'a'),
      answer('mended', 'a', 'b'),
      answer('relabelled', 'a', 'b'),
      answer('broken', 'b', 'b'),
      answer('left out', 'b', 'a'),
    ],
  };
  const after = {
    predictions: [
      answer('stays', 'a', 'a'),
      answer('mended', 'a', 'a'),
      answer('relabelled', 'b', 'b'),
      answer('broken', 'b', 'a'),
      answer('new', 'a', 'a'),
    ],
  };
  expect(compareAnswers(before, after)).toEqual({
    commonCount: 4,
    toRight: new Set(['mended', 'relabelled']),
    toWrong: new Set(['broken']),
  });
});

test('a change is pending where the next run will see another class, or no picture', () => {
  const edited = {
    'other class': { className: 'b', isExcluded: false },
    gone: { className: 'a', isExcluded: true },
    'as the run saw it': { className: 'a', isExcluded: false },
  };
  const of = (id: string) => pendingOf({ id, truth: 'a' }, edited);
  expect(of('other class')).toEqual({ relabelledAs: 'b', isExcluded: false });
  expect(of('gone')).toEqual({ relabelledAs: null, isExcluded: true });
  expect(of('as the run saw it')).toBeNull();
  expect(of('never edited')).toBeNull();
});

const press = (code: string, key: string, more: object = {}) => ({
  code,
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...more,
});

test('digits relabel, Delete leaves out, and the M key shows the heat map on a Korean layout too', () => {
  const names = ['ants', 'bees'];
  expect(fixOfKey(press('Digit2', '2'), names)).toEqual({ className: 'bees' });
  expect(fixOfKey(press('Numpad1', '1'), names)).toEqual({ className: 'ants' });
  expect(fixOfKey(press('Digit3', '3'), names)).toBeNull();
  expect(fixOfKey(press('Digit0', '0'), names)).toBeNull();
  expect(fixOfKey(press('Delete', 'Delete'), names)).toBe('exclude');
  expect(fixOfKey(press('KeyM', 'ㅡ'), names)).toBe('heat');
  expect(fixOfKey(press('Digit1', '1', { ctrlKey: true }), names)).toBeNull();
  expect(fixOfKey(press('Delete', 'Delete', { repeat: true }), names)).toBeNull();
});
