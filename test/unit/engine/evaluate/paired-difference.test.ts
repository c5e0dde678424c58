import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pairedDifference } from '../../../../src-main/engine/evaluate/paired-difference.ts';

interface Reference {
  readonly lost: number;
  readonly gained: number;
  readonly count: number;
  readonly low: number;
  readonly high: number;
}
const file = join(import.meta.dirname, '../../../fixtures/evaluate/paired-differences.json');
const references = JSON.parse(readFileSync(file, 'utf8')) as Reference[];

test.each(references)(
  'the interval of $lost lost and $gained gained of $count is where the likelihood, maximised numerically, gives it',
  ({ lost, gained, count, low, high }) => {
    const got = pairedDifference(lost, gained, count);
    expect(got.difference).toBe((lost - gained) / count);
    expect(got.low).toBeCloseTo(low, 7);
    expect(got.high).toBeCloseTo(high, 7);
  },
);

test('where nothing changed, the interval is ± z² / (n + z²), as worked out by hand', () => {
  const half = 1.959963984540054 ** 2 / (153 + 1.959963984540054 ** 2);
  const { low, high } = pairedDifference(0, 0, 153);
  expect(low).toBeCloseTo(-half, 12);
  expect(high).toBeCloseTo(half, 12);
});

test.each([
  [1, 0, 0],
  [-1, 0, 5],
  [3, 3, 5],
])('%i lost and %i gained of %i is refused', (lost, gained, count) => {
  expect(() => pairedDifference(lost, gained, count)).toThrow(RangeError);
});
