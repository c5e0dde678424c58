import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivationCurve } from '../../src-main/contract/lab/activation-curves.ts';
import { repositoryRoot } from './shared.ts';

interface Reference {
  readonly x: readonly number[];
  readonly curves: Readonly<Record<string, { readonly y: readonly number[]; readonly slope: readonly number[] }>>;
  readonly moments: readonly {
    readonly activation: string;
    readonly q: number;
    readonly mean: number;
    readonly square: number;
    readonly variance: number;
    readonly slopeSquare: number;
  }[];
}

/** What PyTorch and NumPy say; made by make-lab.py beside it. */
export const labReference = JSON.parse(
  readFileSync(join(repositoryRoot, 'test', 'fixtures', 'lab', 'lab.json'), 'utf8'),
) as Reference; // as: written by our own script

/** Largest differences of a curve from PyTorch's, in value and in slope. */
export function farFromTorch({ activation, pieces, y, slope }: ActivationCurve): { y: number; slope: number } {
  const name = pieces === null ? activation : pieces[1]?.weight === -1 ? 'maxout |x|' : 'maxout relu';
  const torch = labReference.curves[name];
  const farthest = (own: readonly number[], other: readonly number[] = []) =>
    Math.max(...own.map((value, index) => Math.abs(value - (other[index] ?? NaN))));
  return { y: farthest(y, torch?.y), slope: farthest(slope, torch?.slope) };
}
