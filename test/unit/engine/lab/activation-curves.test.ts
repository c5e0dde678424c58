import { beforeAll, expect, test } from 'vitest';
import type { ActivationCurve } from '../../../../src-main/contract/lab/activation-curves.ts';
import { drawCurves } from '../../../../src-main/engine/lab/activation-curves.ts';
import { SLOPE, VALUE } from '../../../../src-main/engine/lab/activation-formulas.ts';
import { momentsOf } from '../../../../src-main/engine/lab/mean-field.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { farFromTorch, labReference } from '../../../helpers/lab-reference.ts';

beforeAll(loadTestBackend);

const named = (curves: readonly ActivationCurve[], name: string) =>
  curves.filter(({ activation }) => activation === name);

test('every curve and its gradient are those of PyTorch', () => {
  const { x, curves } = drawCurves({ from: -6, to: 6, points: 24 });
  expect(x.map((value) => value.toFixed(9))).toEqual(labReference.x.map((value) => value.toFixed(9)));
  expect(curves).toHaveLength(9);
  const far = curves.map((curve) => ({ activation: curve.activation, ...farFromTorch(curve) }));
  expect(far.filter(({ y, slope }) => !(y < 2e-6 && slope < 2e-6))).toEqual([]);
});

test('the formulas that theory is built on are those of PyTorch', () => {
  const { x, curves } = labReference;
  for (const [name, value] of Object.entries(VALUE))
    x.forEach((at, index) => expect(value(at), `${name}(${at})`).toBeCloseTo(curves[name]?.y[index] ?? NaN, 12));
  for (const [name, slope] of Object.entries(SLOPE))
    x.forEach((at, index) => expect(slope(at), `${name}′(${at})`).toBeCloseTo(curves[name]?.slope[index] ?? NaN, 12));
});

test('moments under normal sums are those of a much finer sum, also where the sums are tiny or huge', () => {
  const far = labReference.moments.map(({ activation, q, ...expected }) => {
    const found = momentsOf(activation as 'tanh', q); // as: the fixture holds pointwise activations alone
    const errors = (['mean', 'square', 'variance', 'slopeSquare'] as const).map((key) => {
      const scale = Math.max(Math.abs(expected[key]), key === 'mean' ? Math.sqrt(expected.square) : 0);
      return Math.abs(found[key] - expected[key]) / scale;
    });
    return { activation, q, error: Math.max(...errors) };
  });
  expect(far.filter(({ error }) => !(error < 2e-3))).toEqual([]);
});

test('the larger of two normal sums has the mean √(q/π) and, as each of them, the mean square q', () => {
  const { mean, square } = momentsOf('maxout', 9);
  expect(mean).toBeCloseTo(3 / Math.sqrt(Math.PI), 3);
  expect(square).toBeCloseTo(9, 3);
});

test('a curve is flat where its slope is below a twentieth of the largest, and says at which ends', () => {
  const { curves } = drawCurves({ from: -6, to: 6, points: 1201 });
  const zones = Object.fromEntries(
    curves.filter(({ activation }) => activation !== 'maxout').map((c) => [c.activation, [c.saturates, c.saturated]]),
  );
  expect(zones).toEqual({
    relu: ['below', [{ from: -6, to: expect.closeTo(0, 2) as number }]],
    leakyRelu: ['never', []],
    prelu: ['never', []],
    elu: ['below', [{ from: -6, to: expect.closeTo(Math.log(0.05), 1) as number }]], // e^x < 0.05
    selu: ['below', [{ from: -6, to: expect.closeTo(Math.log(0.05), 1) as number }]],
    tanh: [
      'both ends', // 1 − tanh² < 0.05
      [
        { from: -6, to: expect.closeTo(-Math.atanh(Math.sqrt(0.95)), 1) as number },
        { from: expect.closeTo(Math.atanh(Math.sqrt(0.95)), 1) as number, to: 6 },
      ],
    ],
    sigmoid: [
      'both ends', // sigmoid(x) = (1 + tanh(x/2)) / 2
      [
        { from: -6, to: expect.closeTo(-2 * Math.atanh(Math.sqrt(0.95)), 1) as number },
        { from: expect.closeTo(2 * Math.atanh(Math.sqrt(0.95)), 1) as number, to: 6 },
      ],
    ],
  });
});

test('tanh and SELU are zero-centred; sigmoid and ReLU, whose outputs have one sign, are not, and sigmoid is advised against', () => {
  const { curves } = drawCurves({ from: -6, to: 6, points: 13 });
  const with_ = (holds: (curve: ActivationCurve) => boolean) =>
    curves.filter(holds).map(({ activation }) => activation);
  expect(with_((curve) => curve.isZeroCentred)).toEqual(['selu', 'tanh']);
  expect(with_((curve) => !curve.takesBothSigns)).toEqual(['relu', 'maxout', 'maxout', 'sigmoid']);
  expect(with_(({ advice }) => advice === 'avoid')).toEqual(['sigmoid']);
  expect(with_(({ advice }) => advice === 'first')).toEqual(['relu']);
  expect(named(curves, 'sigmoid')[0]?.meanOutput).toBeCloseTo(0.5, 9);
  expect(named(curves, 'maxout').map(({ meanOutput }) => meanOutput)).toEqual([
    expect.closeTo(Math.sqrt(2 / Math.PI), 9), // E |z|
    expect.closeTo(1 / Math.sqrt(2 * Math.PI), 9), // E max(z, 0)
  ]);
});

test('curves leave no tensors behind', async () => {
  const draw = () => Promise.resolve(drawCurves({ from: -1, to: 1, points: 5 }));
  expect(await countLeakedTensors(draw)).toBe(0);
});
