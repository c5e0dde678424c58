import { beforeAll, expect, test } from 'vitest';
import { measureSigns } from '../../../../src-main/engine/lab/sign-agreement.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { gaussianInputs } from '../../../helpers/lab-inputs.ts';

beforeAll(loadTestBackend);

const inputs = gaussianInputs(60, 40);
const labels = Uint32Array.from({ length: 60 }, (_, row) => row % 3);
const options = { units: 48, classCount: 3, seed: 0 };
const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('behind sigmoids one picture pulls all weights of a unit the same way; behind tanh about half of them', () => {
  const [sigmoid, tanh] = measureSigns(inputs, labels, options);
  expect(sigmoid?.perPicture).toBe(1);
  // Of n fair signs the larger share is about 1/2 + 1/√(2πn).
  expect(tanh?.perPicture).toBeCloseTo(0.5 + 1 / Math.sqrt(2 * Math.PI * 48), 1);
});

test('a whole batch still pulls the weights behind sigmoids more alike than those behind tanh', () => {
  const [sigmoid, tanh] = measureSigns(inputs, labels, options);
  expect([sigmoid?.perUnit.length, tanh?.perUnit.length]).toEqual([48, 48]);
  expect(average(sigmoid?.perUnit ?? [])).toBeGreaterThan(average(tanh?.perUnit ?? []) + 0.1);
  expect(average(tanh?.perUnit ?? [])).toBeLessThan(0.65);
});

test('of a single picture the gradient by the batch is that of the picture', () => {
  const [sigmoid, tanh] = measureSigns(gaussianInputs(1, 40), Uint32Array.of(1), options);
  expect(sigmoid?.perUnit).toEqual(new Array(48).fill(1));
  expect(tanh?.perUnit).toEqual(new Array(48).fill(expect.closeTo(tanh?.perPicture ?? NaN, 6)));
});

test('equal seeds give equal shares, and no tensors are left behind', async () => {
  const measure = () => Promise.resolve(measureSigns(inputs, labels, options));
  expect(await measure()).toEqual(await measure());
  expect(await countLeakedTensors(measure)).toBe(0);
});
