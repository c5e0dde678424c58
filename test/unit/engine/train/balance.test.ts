import { expect, test } from 'vitest';
import { balancedOrder, classWeights } from '../../../../src-main/engine/train/balance.ts';

// Classes 0, 1, 3 with 6, 3, 1 training rows; class 2 has none. Row 10 is not for training.
const labels = Uint32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 3, 2);
const rows = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

test('class weights are those of scikit-learn, with a mean of 1 over the rows', () => {
  // compute_class_weight('balanced') by its definition, n / (classes · n of the class): 10/18, 10/9, 10/3.
  const weights = classWeights(labels, rows, 4);
  expect([...weights]).toEqual([10 / 18, 10 / 9, 0, 10 / 3].map(Math.fround));
  expect(rows.reduce((sum, row) => sum + weights[labels[row]!]!, 0) / rows.length).toBeCloseTo(1, 6);
});

function countsOf(order: Uint32Array): number[] {
  return [...rows].map((row) => order.filter((drawn) => drawn === row).length);
}

test('a balanced epoch draws each class equally often, and no row twice before its class is used up', () => {
  for (let epoch = 0; epoch < 20; epoch++) {
    const counts = countsOf(balancedOrder(labels, rows, 1, epoch));
    const [large, middle, small] = [counts.slice(0, 6), counts.slice(6, 9), counts.slice(9)];
    const perClass = [large, middle, small].map((part) => part.reduce((sum, count) => sum + count, 0));
    expect([...perClass].sort()).toEqual([3, 3, 4]);
    expect(Math.max(...large)).toBe(1);
    expect(Math.min(...middle)).toBe(1);
    expect(Math.max(...middle)).toBeLessThanOrEqual(2);
  }
});

test('over the epochs every row of a large class has its turn', () => {
  const totals = Array.from({ length: 60 }, (_, epoch) => countsOf(balancedOrder(labels, rows, 1, epoch)));
  const drawn = totals.reduce((sum, counts) => sum.map((value, index) => value + counts[index]!));
  // 60 epochs of 3 or 4 of the 6 rows: 33 times each, give or take the draw.
  expect(Math.min(...drawn.slice(0, 6))).toBeGreaterThan(20);
  expect(Math.max(...drawn.slice(0, 6))).toBeLessThan(46);
});

test('a balanced epoch is a pure function of the seed and the epoch', () => {
  const order = balancedOrder(labels, rows, 1, 0);
  expect(balancedOrder(labels, rows, 1, 0)).toEqual(order);
  expect(balancedOrder(labels, rows, 2, 0)).not.toEqual(order);
  expect(balancedOrder(labels, rows, 1, 1)).not.toEqual(order);
});

test('a class of 200,000 rows is drawn from as any other', () => {
  const many = Uint32Array.from({ length: 200_001 }, (_, row) => row);
  const order = balancedOrder(
    many.map((row) => (row === 200_000 ? 1 : 0)),
    many,
    1,
    0,
  );
  expect(order.filter((row) => row === 200_000).length).toBeGreaterThanOrEqual(100_000);
});
