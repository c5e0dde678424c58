import { expect, test } from 'vitest';
import { axisOf } from '../../../../src-renderer/charts/axis.ts';
import { barPath } from '../../../../src-renderer/charts/bars.ts';
import { nearest, rangeOfCurves, toPath } from '../../../../src-renderer/charts/curves.ts';

test('an axis names round values within it, at most as many as there is room for', () => {
  expect(axisOf(0, 1).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(axisOf(-6, 6, { most: 5 }).ticks).toEqual([-5, 0, 5]);
  expect(axisOf(1, 10, { most: 10 }).ticks).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(axisOf(-6, 6).placeOf(3)).toBe(0.75);
});

test('a logarithmic axis names powers of ten, and leaves some out where they are many', () => {
  expect(axisOf(0.0005, 20, { isLog: true }).ticks).toEqual([0.001, 0.01, 0.1, 1, 10]);
  expect(axisOf(1e-9, 1e11, { isLog: true, most: 5 }).ticks).toEqual([1e-5, 1, 1e5, 1e10]);
  expect(axisOf(1, 100, { isLog: true }).placeOf(10)).toBe(0.5);
});

test('curves need the range of their values, from zero where it is near', () => {
  const curve = { x: [1, 2, 3], y: [1, null, 4] };
  expect(rangeOfCurves([curve], 'x', false)).toEqual([1, 3]);
  expect(rangeOfCurves([curve], 'y', false)).toEqual([0, 4.18]);
  expect(rangeOfCurves([{ x: [1, 2], y: [0, 90] }], 'y', true)).toEqual([60, 135]); // a power axis has no 0
  expect(rangeOfCurves([], 'y', false)).toEqual([0, 1]);
});

test('a path has a gap where a value is missing', () => {
  const same = (value: number): number => value;
  expect(toPath([0, 1, 2, 3], [5, 6, null, 8], same, same)).toBe('M0.0 5.0L1.0 6.0M3.0 8.0');
});

test('the nearest place is found', () => {
  expect([nearest([0, 10, 20], 14), nearest([0, 10, 20], 16), nearest([], 3)]).toEqual([1, 2, null]);
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
