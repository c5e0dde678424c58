import { expect, test } from 'vitest';
import { predictHead } from '../../../../src-main/engine/evaluate/predict-head.ts';

test('probabilities are the softmax of x·W + b, for the rows asked for', () => {
  // Hand-worked: row 1 is (2, 1); logits 2·1 + 1·0 + 0 = 2 and 2·0 + 1·1 + 1 = 2, so both are equally likely.
  const head = {
    kernel: { shape: [2, 2], values: Float32Array.from([1, 0, 0, 1]) },
    bias: { shape: [2], values: Float32Array.from([0, 1]) },
  };
  expect(predictHead(Float32Array.from([9, 9, 2, 1]), Uint32Array.of(1), head)).toEqual([[0.5, 0.5]]);
});

test('huge logits neither overflow nor lose the sum of one', () => {
  const head = {
    kernel: { shape: [1, 3], values: Float32Array.from([1000, 999, -1000]) },
    bias: { shape: [3], values: new Float32Array(3) },
  };
  const [row = []] = predictHead(Float32Array.of(1), Uint32Array.of(0), head);
  expect(row[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
});
