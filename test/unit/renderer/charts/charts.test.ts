import { expect, test } from 'vitest';
import { ticksOf } from '../../../../src-renderer/charts/axis.ts';
import { barPath } from '../../../../src-renderer/charts/bars.ts';
import { rangeOfCurves, withMarks } from '../../../../src-renderer/charts/curves.ts';

test('an axis names round values within it, at most as many as there is room for', () => {
  expect(ticksOf(0, 1, { most: 6 })).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticksOf(-6, 6, { most: 5 })).toEqual([-5, 0, 5]);
  expect(ticksOf(1, 10, { most: 10 })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(ticksOf(0, 3, { most: 9, leastStep: 1 })).toEqual([0, 1, 2, 3]); // epochs
});

test('a logarithmic axis names powers of ten, and leaves some out where they are many', () => {
  expect(ticksOf(0.0005, 20, { isLog: true, most: 6 })).toEqual([0.001, 0.01, 0.1, 1, 10]);
  expect(ticksOf(1e-9, 1e11, { isLog: true, most: 5 })).toEqual([1e-5, 1, 1e5, 1e10]);
});

test('curves need the range of their values, from zero where it is near', () => {
  const curve = { x: [1, 2, 3], y: [1, null, 4] };
  expect(rangeOfCurves([curve], 'x', false)).toEqual([1, 3]);
  expect(rangeOfCurves([curve], 'y', false)).toEqual([0, 4.18]);
  expect(rangeOfCurves([{ x: [1, 2], y: [0, 90] }], 'y', true)).toEqual([60, 135]); // a power axis has no 0
  expect(rangeOfCurves([], 'y', false)).toEqual([0, 1]);
});

test('marks are within the range of the values', () => {
  const curve = { x: [1, 2], y: [0.5, 1] };
  expect(
    withMarks(
      [curve],
      [
        { axis: 'y', value: 3 },
        { axis: 'x', value: 99 },
      ],
    ),
  ).toEqual([0, 3.15]);
});

test('bars are as high as their counts, within the range that is shown', () => {
  const histogram = { from: -2, to: 2, counts: [1, 4, 2, 100] };
  expect(barPath(histogram, [-2, 0.5], { width: 100, height: 40 })).toBe(
    'M0.00 40V30.00h40.00V40zM40.00 40V0.00h40.00V40zM80.00 40V20.00h20.00V40z', // the last bin lies beyond
  );
  expect(barPath({ from: 0, to: 1, counts: [1, 4] }, [0, 1], { width: 10, height: 40, isRoot: true })).toBe(
    'M0.00 40V20.00h5.00V40zM5.00 40V0.00h5.00V40z',
  );
});
