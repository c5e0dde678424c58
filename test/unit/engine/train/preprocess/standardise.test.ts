import { expect, test } from 'vitest';
import { inMemory } from '../../../../../src-main/engine/features/example-source.ts';
import { foldPreprocessing, shiftAndScale } from '../../../../../src-main/engine/train/preprocess/feature-map.ts';
import { measureStandardisation } from '../../../../../src-main/engine/train/preprocess/standardise.ts';

// Two features of four pictures; the last picture is not in the training split.
const features = Float32Array.from([1, 10, 3, 30, 5, 20, 100, 1000]);
const trainingRows = Uint32Array.of(0, 1, 2);

test('mean and scale come from the rows of the training split alone', async () => {
  const { mean, scale } = await measureStandardisation(inMemory(features, [2]), trainingRows);
  // Hand-worked: variances 8/3 and 200/3, so the floor is 0.3 · 104/3 = 10.4.
  expect([...mean]).toEqual([3, 20]);
  expect(scale[0]).toBeCloseTo(1 / Math.sqrt(8 / 3 + 10.4), 6);
  expect(scale[1]).toBeCloseTo(1 / Math.sqrt(200 / 3 + 10.4), 6);
});

test('standardised rows are (x − mean) · scale', () => {
  const rows = Float32Array.of(5, 20, 1, 10);
  shiftAndScale(rows, { mean: Float32Array.of(3, 20), scale: Float32Array.of(2, 0.5) });
  expect([...rows]).toEqual([4, 0, -4, -5]);
});

test('rows that are read in several chunks are measured as one', async () => {
  // Row numbers of a ramp up and one down: mean (n − 1) / 2 and variance (n² − 1) / 12, so the floor is 0.3 of it.
  const count = 15_000;
  const ramps = Float32Array.from({ length: 2 * count }, (_, index) =>
    index % 2 ? count - 1 - (index - 1) / 2 : index / 2,
  );
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  const { mean, scale } = await measureStandardisation(inMemory(ramps, [2]), rows);
  expect([...mean]).toEqual([(count - 1) / 2, (count - 1) / 2]);
  const expected = 1 / Math.sqrt((1.3 * (count ** 2 - 1)) / 12);
  for (const value of scale) expect(Math.abs(value / expected - 1)).toBeLessThan(1e-6);
});

test('features that are all constant neither divide by zero nor turn into NaN', async () => {
  const { scale } = await measureStandardisation(inMemory(Float32Array.of(7, 7, 7), [1]), trainingRows);
  expect([...scale]).toEqual([1]);
});

test('a folded head answers on raw features what the head answered on standardised ones', () => {
  const standardisation = { mean: Float32Array.of(3, 20), scale: Float32Array.of(2, 0.5) };
  const head = {
    kernel: { shape: [2, 1], values: Float32Array.of(1, -2) },
    bias: { shape: [1], values: Float32Array.of(0.5) },
  };
  const folded = foldPreprocessing(head, standardisation);
  const answer = ({ kernel, bias }: typeof head, [a, b]: [number, number]) =>
    a * kernel.values[0]! + b * kernel.values[1]! + bias.values[0]!;
  expect(answer(folded as typeof head, [5, 20])).toBeCloseTo(answer(head, [4, 0]), 5);
});
