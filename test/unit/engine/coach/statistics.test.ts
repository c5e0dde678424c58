import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  agreement,
  meanOf,
  normalQuantile,
  normalTail,
  pairedDifference,
} from '../../../../src-main/engine/coach/statistics.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

interface Reference {
  readonly tails: readonly (readonly [number, number])[];
  readonly groups: readonly { readonly truth: number[]; readonly answers: number[] }[];
  readonly accuracy: number;
  readonly chance: number;
  readonly kappa: number;
  readonly standardError: number;
  readonly pValue: number;
}

const file = join(repositoryRoot, 'test', 'fixtures', 'coach', 'statistics.json');
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference; // written by the script beside it

test("tails and quantiles are those of Python's normal distribution", () => {
  for (const [z, tail] of reference.tails) {
    expect(Math.abs(normalTail(z) / tail - 1)).toBeLessThan(2e-7);
    expect(normalQuantile(tail)).toBeCloseTo(z, 5);
  }
});

describe('agreement', () => {
  test('has the mean and the variance of all ways to deal the answers out', () => {
    const { tails, groups, pValue, ...expected } = reference;
    const got = agreement(groups, 3);
    expect(got.count).toBe(12);
    for (const [name, value] of Object.entries(expected)) expect(got[name as keyof typeof got]).toBeCloseTo(value, 10);
    expect(got.pValue).toBeCloseTo(pValue, 6);
    expect(tails.length).toBeGreaterThan(0);
  });

  test('is 0 for always answering the largest class, and proves nothing', () => {
    const truth = Array.from({ length: 100 }, (_, index) => (index < 90 ? 0 : 1));
    const answers = truth.map(() => 0);
    expect(agreement([{ truth, answers }], 2)).toMatchObject({ accuracy: 0.9, chance: 0.9, kappa: 0, pValue: 1 });
  });

  test('finds something in guesses as often as it says it does', () => {
    const random = createRandom(1);
    const guess = () => Array.from({ length: 60 }, () => Math.floor(3 * random()));
    const pValues = Array.from({ length: 2000 }, () => agreement([{ truth: guess(), answers: guess() }], 3).pValue);
    const share = pValues.filter((pValue) => pValue < 0.05).length / pValues.length;
    expect(share).toBeGreaterThan(0.025);
    expect(share).toBeLessThan(0.06);
  });
});

test('a paired difference is the mean of differences over its standard error', () => {
  // Differences 1, 0, 0, 1: mean 0.5, standard deviation 0.5774, over √4.
  const { difference, standardError, z } = pairedDifference([1, 1, 0, 1], [0, 1, 0, 0]);
  expect([difference, standardError, z].map((value) => Number(value.toFixed(4)))).toEqual([0.5, 0.2887, 1.7321]);
  expect(pairedDifference([1, 0], [1, 0]).z).toBe(0);
  expect(meanOf([3])).toEqual({ mean: 3, standardError: 0 });
});
