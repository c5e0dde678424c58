import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Split } from '../../../../src-main/contract/dataset.ts';
import type { ManifestEntry } from '../../../../src-main/engine/dataset/manifest.ts';
import { assignSplits } from '../../../../src-main/engine/dataset/split.ts';

const DEFAULT = { seed: 0, validationFraction: 0.2, testFraction: 0 };

function entry(className: string, content: string, folderSplit: Split | null = null, copy = 0): ManifestEntry {
  const path = `${className}/${content}-${copy}.jpg`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { id: path, path, className, folderSplit, width: 9, height: 9, orientation: 1, sizeBytes: 9, sha256 };
}
const many = (className: string, count: number, folderSplit: Split | null = null) =>
  Array.from({ length: count }, (_, index) => entry(className, `${className}${index}`, folderSplit));

function countsOf(pictures: readonly { className: string; split: Split }[]): Record<string, [number, number, number]> {
  const counts: Record<string, [number, number, number]> = {};
  for (const { className, split } of pictures) {
    const count = (counts[className] ??= [0, 0, 0]);
    count[['training', 'validation', 'test'].indexOf(split)]!++;
  }
  return counts;
}

test('80/20 by default and 80/10/10 with a test set, in every class', () => {
  const entries = [...many('cat', 100), ...many('dog', 10), ...many('owl', 7)];
  expect(countsOf(assignSplits(entries, DEFAULT))).toEqual({ cat: [80, 20, 0], dog: [8, 2, 0], owl: [6, 1, 0] });
  const withTest = { seed: 0, validationFraction: 0.1, testFraction: 0.1 };
  expect(countsOf(assignSplits(entries, withTest))).toEqual({ cat: [80, 10, 10], dog: [8, 1, 1], owl: [5, 1, 1] });
});

test('small classes keep one to learn from before one to check with, before one to test with', () => {
  const withTest = { seed: 3, validationFraction: 0.1, testFraction: 0.1 };
  const entries = [1, 2, 3].flatMap((count) => many(`c${count}`, count));
  expect(countsOf(assignSplits(entries, withTest))).toEqual({ c1: [1, 0, 0], c2: [1, 1, 0], c3: [1, 1, 1] });
});

test('the split depends on the seed and on nothing else: not on order, names or other classes', () => {
  const entries = [...many('cat', 40), ...many('dog', 40)];
  const bySha = (pictures: readonly { sha256: string; split: Split }[]) =>
    Object.fromEntries(pictures.map(({ sha256, split }) => [sha256, split]));
  const first = bySha(assignSplits(entries, DEFAULT));
  expect(bySha(assignSplits(entries.toReversed(), DEFAULT))).toEqual(first);
  expect(
    bySha(
      assignSplits(
        entries.map((one) => ({ ...one, path: `x/${one.path}` })),
        DEFAULT,
      ),
    ),
  ).toEqual(first);
  expect(bySha(assignSplits(many('cat', 40), DEFAULT))).toEqual(
    Object.fromEntries(many('cat', 40).map(({ sha256 }) => [sha256, first[sha256]])),
  );
  expect(bySha(assignSplits(entries, { ...DEFAULT, seed: 1 }))).not.toEqual(first);
});

test('adding pictures moves few of the others', () => {
  const before = assignSplits(many('cat', 200), DEFAULT);
  const after = new Map(assignSplits(many('cat', 220), DEFAULT).map(({ id, split }) => [id, split]));
  const moved = before.filter(({ id, split }) => after.get(id) !== split);
  // 40 validate before and 44 after; whoever moves lies at the border.
  expect(moved.length).toBeLessThanOrEqual(8);
});

test('a test set leaves the validation set as it was', () => {
  const validationOf = (testFraction: number) =>
    assignSplits(many('cat', 100), { seed: 5, validationFraction: 0.1, testFraction })
      .filter(({ split }) => split === 'validation')
      .map(({ id }) => id);
  expect(validationOf(0.1)).toEqual(validationOf(0));
});

describe('copies of a picture', () => {
  test('fall on the same side', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ content: fc.integer({ min: 0, max: 12 }), className: fc.constantFrom('a', 'b') }), {
          maxLength: 60,
        }),
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom(0, 0.1, 0.3),
        (items, seed, testFraction) => {
          const entries = items.map(({ content, className }, index) => entry(className, `${content}`, null, index));
          const pictures = assignSplits(entries, { seed, validationFraction: 0.2, testFraction });
          const sides = new Map<string, Set<Split>>();
          for (const { sha256, split } of pictures) sides.set(sha256, (sides.get(sha256) ?? new Set()).add(split));
          expect([...sides.values()].every((side) => side.size === 1)).toBe(true);
          expect(pictures.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
        },
      ),
    );
  });

  test('a class with two different pictures has one on each side, however often each is there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 99 }),
        (a, b, seed) => {
          const entries = [
            ...Array.from({ length: a }, (_, index) => entry('cat', 'one', null, index)),
            ...Array.from({ length: b }, (_, index) => entry('cat', 'two', null, index)),
          ];
          const [training, validation] = countsOf(assignSplits(entries, { ...DEFAULT, seed })).cat!;
          expect(training > 0 && validation > 0).toBe(true);
        },
      ),
    );
  });

  test('copies of one picture alone all train', () => {
    const entries = Array.from({ length: 6 }, (_, index) => entry('cat', 'same', null, index));
    expect(countsOf(assignSplits(entries, DEFAULT))).toEqual({ cat: [6, 0, 0] });
  });

  test('a picture that lies in two classes trains in both', () => {
    const entries = [...many('cat', 5), ...many('dog', 5), entry('cat', 'both'), entry('dog', 'both')];
    for (let seed = 0; seed < 20; seed++) {
      const both = assignSplits(entries, { ...DEFAULT, seed }).filter(({ path }) => path.includes('both'));
      expect(both.map(({ split }) => split)).toEqual(['training', 'training']);
    }
  });
});

describe('what folders say stands', () => {
  test('train and val: nothing is drawn', () => {
    const entries = [...many('cat', 10, 'training'), ...many('bee', 3, 'validation'), ...many('bee', 4, 'training')];
    const split = assignSplits(entries, DEFAULT);
    expect(split.map((picture) => picture.split)).toEqual(entries.map(({ folderSplit }) => folderSplit));
  });

  test('train and test: validation is drawn from train', () => {
    const entries = [
      ...many('cat', 10, 'training'),
      ...many('dog', 20, 'training'),
      entry('cat', 'x', 'test'),
      entry('dog', 'y', 'test'),
    ];
    expect(countsOf(assignSplits(entries, DEFAULT))).toEqual({ cat: [8, 2, 1], dog: [16, 4, 1] });
  });

  test('train and val, and a test set is asked for: it is drawn from train', () => {
    const entries = [...many('cat', 10, 'training'), entry('cat', 'x', 'validation')];
    expect(countsOf(assignSplits(entries, { ...DEFAULT, testFraction: 0.2 }))).toEqual({ cat: [8, 1, 2] });
  });

  test('all three: nothing is drawn, whatever the fractions', () => {
    const entries = [...many('a', 9, 'training'), ...many('b', 9, 'validation'), ...many('c', 9, 'test')];
    const split = assignSplits(entries, { seed: 1, validationFraction: 0.4, testFraction: 0.4 });
    expect(split.map((picture) => picture.split)).toEqual(entries.map(({ folderSplit }) => folderSplit));
  });
});

test('fractions that leave nothing to train with are refused', () => {
  expect(() => assignSplits(many('cat', 9), { seed: 0, validationFraction: 0.6, testFraction: 0.4 })).toThrowError(
    expect.objectContaining({ code: 'setting/out-of-range' }),
  );
});

test('a hundred thousand pictures are split in a second or two', () => {
  const entries = ['a', 'b'].flatMap((className) => many(className, 50_000));
  const started = performance.now();
  expect(countsOf(assignSplits(entries, DEFAULT))).toEqual({ a: [40_000, 10_000, 0], b: [40_000, 10_000, 0] });
  expect(performance.now() - started).toBeLessThan(4000);
});
