import { expect, test } from 'vitest';
import type { Evaluation } from '../../../src-main/contract/results.ts';
import {
  classIdsOf,
  labelsIn,
  newNamesOf,
  renameInEvaluation,
  renameInEvent,
} from '../../../src-main/studio/class-names.ts';

const live = (id: string, name: string) => ({ id, name, isLive: true });
const gone = (id: string, name: string) => ({ id, name, isLive: false });

test('a run’s classes are called as they are now, by their ids', () => {
  const classNames = [live('cat', 'feline'), live('added/1', 'cat')];
  expect(newNamesOf(['cat', 'dog'], [], { classNames })).toEqual([{ from: 'cat', to: 'feline' }]);
  expect(classIdsOf({ classNames })).toEqual([
    { name: 'feline', id: 'cat' },
    { name: 'cat', id: 'added/1' },
  ]);
  // A run that was started with these names, after which both were renamed.
  const later = { classNames: [live('cat', 'lion'), live('added/1', 'tom')] };
  expect(newNamesOf(['cat', 'feline'], classIdsOf({ classNames }), later)).toEqual([
    { from: 'cat', to: 'tom' },
    { from: 'feline', to: 'lion' },
  ]);
});

test('classes that are merged, removed or gone since keep their last name, and two labels are never the same', () => {
  const merged = { classNames: [live('cat', 'dog'), gone('dog', 'dog')] };
  expect(newNamesOf(['cat', 'dog', 'owl'], [], merged)).toEqual([
    { from: 'cat', to: 'dog' },
    { from: 'dog', to: 'dog (2)' },
  ]);
  expect(newNamesOf(['cat', 'dog'], [], { classNames: [live('cat', 'dog')] })).toEqual([
    { from: 'cat', to: 'dog' },
    { from: 'dog', to: 'dog (2)' },
  ]);
  expect(newNamesOf(['cat', 'dog'], [], { classNames: [gone('dog', 'dog')] })).toEqual([]);
  expect(newNamesOf(['constructor', '__proto__'], [], { classNames: [] })).toEqual([]);
});

test('names change in an evaluation, numbers and pictures do not', () => {
  const about = { split: 'test', imageCount: 1, accuracy: 0, interval: { low: 0, high: 1 }, choseBestEpoch: false } as const;
  const metrics = { imageCount: 1, precision: null, recall: 0, f1: null };
  const evaluation = (cat: string): Evaluation => ({
    ...about,
    classes: [cat, 'dog'],
    perClass: [
      { name: cat, ...metrics },
      { name: 'dog', ...metrics },
    ],
    confusion: [
      [0, 1],
      [0, 0],
    ],
    predictions: [{ id: '1', path: 'cat/1.jpg', truth: cat, predicted: 'dog', probabilities: [0.2, 0.8] }],
  });
  expect(renameInEvaluation(evaluation('cat'), [{ from: 'cat', to: 'feline' }])).toEqual(evaluation('feline'));
}); // prettier-ignore

test('the pictures that a run watches are called by the new names too', () => {
  const event = { type: 'watched' as const, classes: ['cat', 'dog'], pictures: [{ id: '1', truth: 1 }] };
  const numbered = { seq: 1, atMs: 0, event };
  expect(labelsIn(numbered)).toEqual(['cat', 'dog']);
  expect(renameInEvent(numbered, [{ from: 'cat', to: 'feline' }])).toEqual({
    ...numbered,
    event: { ...event, classes: ['feline', 'dog'] },
  });
});
