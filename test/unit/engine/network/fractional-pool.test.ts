import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pooledSize, regionStarts } from '../../../../src-main/engine/network/fractional-pool.ts';

/** Graham's formula in exact arithmetic; see make_blocks.py beside the file. Values and gradients: network-blocks.ts. */
const { regions } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/blocks/blocks.json'), 'utf8'),
) as { readonly regions: readonly { size: number; ratio: number; phase: number; starts: number[] }[] }; // as: our own file

describe('regionStarts', () => {
  test.each(regions)('of $size pixels by $ratio at $phase are those of the paper', ({ size, ratio, phase, starts }) => {
    expect(regionStarts(size, pooledSize(size, ratio), phase)).toEqual(starts);
  });

  test('of five pixels in three regions, α = 5/3, by hand', () => {
    // u = 0: ⌈0⌉, ⌈5/3⌉, ⌈10/3⌉ = 0, 2, 4. u = 1/2: ⌈5/6⌉, ⌈15/6⌉, ⌈25/6⌉ = 1, 3, 5, less the first: 0, 2, 4. u = 0.9: 2, 4, 5.
    expect(regionStarts(5, 3, 0)).toEqual([0, 2, 4, 5]);
    expect(regionStarts(5, 3, 0.5)).toEqual([0, 2, 4, 5]);
    expect(regionStarts(5, 3, 0.9)).toEqual([0, 2, 3, 5]);
  });

  test('are one or two pixels apart and cover the axis, for any size, ratio and phase', () => {
    const anyPhase = fc.oneof(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.tuple(fc.nat(40), fc.integer({ min: 41, max: 80 })).map(([part, whole]) => part / whole), // where ⌈ ⌉ is on the edge
    );
    const anyRatio = fc.double({ min: 1, max: 2, minExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), anyRatio, anyPhase, (size, ratio, phase) => {
        const count = pooledSize(size, ratio);
        const starts = regionStarts(size, count, phase);
        const lengths = starts.slice(1).map((next, index) => next - starts[index]!);
        expect(starts).toHaveLength(count + 1);
        expect([starts[0], starts.at(-1)]).toEqual([0, size]);
        expect(lengths.filter((length) => length !== 1 && length !== 2)).toEqual([]);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});
