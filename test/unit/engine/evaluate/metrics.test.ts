import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  confusionMatrix,
  mcNemar,
  metricsByClass,
  wilsonInterval,
} from '../../../../src-main/engine/evaluate/metrics.ts';

interface Reference {
  readonly truths: number[];
  readonly predictions: number[];
  readonly confusion: number[][];
  readonly precision: (number | null)[];
  readonly recall: number[];
  readonly f1: number[];
  readonly intervals: { hits: number; count: number; low: number; high: number }[];
}
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/evaluate', name), 'utf8'));
const reference = fixture('metrics.json') as Reference;
const changes = fixture('mcnemar.json') as { fixed: number; broken: number; p: number }[];

test('confusion, precision, recall and F1 are those of scikit-learn', () => {
  const confusion = confusionMatrix(reference.truths, reference.predictions, 4);
  expect(confusion).toEqual(reference.confusion);
  const metrics = metricsByClass(confusion, ['a', 'b', 'c', 'd']);
  metrics.forEach((got, index) => {
    expect(got.precision).toBeCloseTo(reference.precision[index]!, 12);
    expect(got.recall).toBeCloseTo(reference.recall[index]!, 12);
    expect(got.f1).toBeCloseTo(reference.f1[index]!, 12);
  });
});

test.each(reference.intervals)(
  'the 95 % interval of $hits of $count is that of SciPy',
  ({ hits, count, low, high }) => {
    const got = wilsonInterval(hits, count);
    expect(got.low).toBeCloseTo(low, 10);
    expect(got.high).toBeCloseTo(high, 10);
  },
);

test.each(changes)(
  'the exact McNemar test of $fixed fixed and $broken broken is that of SciPy',
  ({ fixed, broken, p }) => {
    expect(mcNemar(fixed, broken) / p).toBeCloseTo(1, 9);
  },
);

test('a class that is never predicted has no precision, one without pictures no recall', () => {
  expect(
    metricsByClass(
      [
        [2, 0],
        [0, 0],
      ],
      ['seen', 'absent'],
    )[1],
  ).toEqual({
    name: 'absent',
    imageCount: 0,
    precision: null,
    recall: null,
    f1: null,
  });
});

test('a class number out of range is a bug that shows', () => {
  expect(() => confusionMatrix([0], [3], 2)).toThrow(RangeError);
});
