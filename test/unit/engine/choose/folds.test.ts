import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleRows, stratifiedFolds, UNCHECKED } from '../../../../src-main/engine/choose/folds.ts';

const labelsOf = (...counts: readonly number[]): Uint32Array =>
  Uint32Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
const different = (labels: Uint32Array): string[] => Array.from(labels, (_, row) => `picture ${row}`);
const countOf = (values: ArrayLike<number>, wanted: number): number =>
  Array.from(values).filter((value) => value === wanted).length;
const deal = { foldCount: 5, seed: 3, repeat: 0 };

describe('folds', () => {
  test('check every picture once, each class spread evenly, and are of one size', () => {
    const counts = fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 5 }), fc.nat(9), (sizes, foldCount, seed) => {
        const labels = labelsOf(...sizes);
        const folds = stratifiedFolds({ labels, pictures: different(labels) }, { foldCount, seed, repeat: 0 });
        const spread = (values: Uint8Array) => {
          const inFold = Array.from({ length: foldCount }, (_, fold) => countOf(values, fold));
          return Math.max(...inFold) - Math.min(...inFold);
        };
        expect(countOf(folds, UNCHECKED)).toBe(0);
        expect(spread(folds)).toBeLessThanOrEqual(1);
        for (const label of sizes.keys())
          expect(spread(folds.filter((_, row) => labels[row] === label))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('never part copies of a picture, whatever classes they lie in', () => {
    const labels = Uint32Array.from({ length: 60 }, (_, row) => row % 3);
    const pictures = Array.from(labels, (_, row) => `picture ${row % 14}`); // 14 and 3 share no factor: all classes have all
    const folds = stratifiedFolds({ labels, pictures }, deal);
    for (let picture = 0; picture < 14; picture++)
      expect(new Set(folds.filter((_, row) => row % 14 === picture)).size).toBe(1);
  });

  test('leave a class alone that has one different picture, and a class of two is learned from one to check the other', () => {
    const labels = labelsOf(8, 3, 2);
    const pictures = different(labels).map((name, row) => (labels[row] === 1 ? 'the same' : name));
    const folds = stratifiedFolds({ labels, pictures }, deal);
    expect([...folds.subarray(8, 11)]).toEqual([UNCHECKED, UNCHECKED, UNCHECKED]);
    expect(new Set(folds.subarray(11)).size).toBe(2);
  });

  test('are the same for the same seed, and others for another seed or repeat', () => {
    const labels = labelsOf(20, 20);
    const rows = { labels, pictures: different(labels) };
    const folds = stratifiedFolds(rows, deal);
    expect(stratifiedFolds(rows, deal)).toEqual(folds);
    expect(stratifiedFolds(rows, { ...deal, seed: 4 })).not.toEqual(folds);
    expect(stratifiedFolds(rows, { ...deal, repeat: 1 })).not.toEqual(folds);
  });
});

describe('a sample', () => {
  const limits = { most: 100, fewestPerClass: 10, seed: 1 };

  test('is everything where there is no more than that', () => {
    expect(sampleRows(labelsOf(60, 40), limits)).toEqual(Uint32Array.from({ length: 100 }, (_, row) => row));
  });

  test('keeps the shares of the classes, and some of the smallest', () => {
    const labels = labelsOf(800, 190, 10, 3);
    const rows = sampleRows(labels, limits);
    const drawn = rows.map((row) => labels[row] ?? 0);
    expect([0, 1, 2, 3].map((label) => countOf(drawn, label))).toEqual([80, 19, 10, 3]);
    expect(rows).toEqual(Uint32Array.from(new Set(rows)).sort());
    expect(sampleRows(labels, { ...limits, seed: 2 })).not.toEqual(rows);
  });
});
