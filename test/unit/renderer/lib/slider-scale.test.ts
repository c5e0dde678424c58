import { expect, test } from 'vitest';
import { evenScale, powerScale } from '../../../../src-renderer/lib/slider-scale.ts';

test('even places stand for round values, and the last for the upper end', () => {
  const shares = evenScale(0.05, 1, 0.01);
  expect([shares.last, shares.valueAt(0), shares.valueAt(25), shares.valueAt(95)]).toEqual([95, 0.05, 0.3, 1]);
  const uneven = evenScale(224, 1000, 8);
  expect([uneven.last, uneven.valueAt(4), uneven.valueAt(97)]).toEqual([97, 256, 1000]);
  const short = evenScale(0, 1, 0.3);
  expect([short.last, short.valueAt(3), short.valueAt(4)]).toEqual([4, 0.9, 1]);
});

test('a value between two places takes the nearest, and none lies outside', () => {
  const degrees = evenScale(0, 180, 1);
  expect([12.4, 12.6, -1, 999].map(degrees.placeOf)).toEqual([12, 13, 0, 180]);
});

test('powers have as many places to each factor of ten, and round to two digits', () => {
  const alphas = powerScale(0.01, 100);
  expect(alphas.last).toBe(40);
  expect([0, 10, 13, 20, 40].map(alphas.valueAt)).toEqual([0.01, 0.1, 0.2, 1, 100]); // 10^0.3 = 1.995
  expect([0.01, 0.2, 1, 100, 1000].map(alphas.placeOf)).toEqual([0, 13, 20, 40, 40]);
});
