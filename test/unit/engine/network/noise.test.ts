import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { createNoise } from '../../../../src-main/engine/network/noise.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';

beforeAll(loadTestBackend);

const COUNT = 10_000;
const mask = (seed: number, step: number, node: string, rate = 0.5) =>
  tf.tidy(() => createNoise(seed, step).mask(node, [100, 100], rate).dataSync());
/** Share of places in which two masks agree. */
const agreement = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).filter((value, index) => value === b[index]).length / a.length;

test.each([0, 0.1, 0.5, 0.9])('a mask cuts the asked share of %d and holds nothing but ones and zeros', (rate) => {
  const values = mask(1, 2, 'node', rate);
  const cut = values.filter((value) => value === 0).length / COUNT;
  expect(values.filter((value) => value !== 0 && value !== 1)).toHaveLength(0);
  expect(Math.abs(cut - rate)).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / COUNT)); // four standard deviations
});

test('masks are equal for equal seed, step and node, and unrelated where one of them differs', () => {
  const first = mask(1, 2, 'node');
  expect(mask(1, 2, 'node')).toEqual(first);
  for (const other of [mask(2, 2, 'node'), mask(1, 3, 'node'), mask(1, 2, 'edon'), mask(1, 2, 'node_2')])
    expect(Math.abs(agreement(first, other) - 0.5)).toBeLessThan(0.02); // four standard deviations
});

test('neighbours in a mask are unrelated', () => {
  const values = mask(1, 2, 'node');
  expect(Math.abs(agreement(values.subarray(1), values.subarray(0, -1)) - 0.5)).toBeLessThan(0.02);
});

test('draws are spread evenly over steps, and differ from node to node', () => {
  const draws = (node: string) => Array.from({ length: COUNT }, (_, step) => createNoise(7, step).draw(node));
  const [first, other] = [draws('pool/rows'), draws('pool/columns')];
  for (const limit of [0.1, 0.5, 0.9])
    expect(Math.abs(first.filter((value) => value < limit).length / COUNT - limit)).toBeLessThan(0.02);
  const product = first.reduce((sum, value, index) => sum + (value - 0.5) * (other[index]! - 0.5), 0) / COUNT;
  expect(Math.abs(product * 12)).toBeLessThan(0.04); // their correlation, four standard deviations
});
