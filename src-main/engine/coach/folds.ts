import { createRandom, shuffle } from '../random.ts';
import type { LabelledRows } from './subject.ts';

/** Rows to learn from, and others of the same pictures to check with. */
export interface Fold {
  readonly trainingRows: Uint32Array;
  readonly validationRows: Uint32Array;
}

/** Streams of `createRandom` that the coach alone draws from. */
const STREAM = { sample: 30, folds: 31 };

/**
 * At most `perClass` rows of each class, drawn by seed.
 *
 * @param rows  to draw from. Borrowed.
 */
export function sampleRows(
  { labels }: Pick<LabelledRows, 'labels'>,
  rows: Uint32Array,
  perClass: number,
  seed: number,
): Uint32Array {
  return Uint32Array.from(
    byClass(labels, rows).flatMap(([label, members]) =>
      shuffle([...members], createRandom(seed, STREAM.sample, label)).slice(0, perClass),
    ),
  ).sort();
}

/**
 * Splits rows into folds of which each checks once, each class spread evenly over them. A class of one row checks nowhere:
 * a model that never saw it says nothing about it.
 *
 * @param repeat  number of the split, from 0: each is another one.
 */
export function foldsOf(
  { labels }: Pick<LabelledRows, 'labels'>,
  rows: Uint32Array,
  foldCount: number,
  seed: number,
  repeat = 0,
): Fold[] {
  const places = new Map<number, number>();
  let dealt = 0;
  for (const [label, members] of byClass(labels, rows)) {
    if (members.length < 2) continue;
    // Dealt on from class to class, so that the folds are of one size whatever the classes are.
    for (const row of shuffle([...members], createRandom(seed, STREAM.folds, repeat, label)))
      places.set(row, dealt++ % foldCount);
  }
  return Array.from({ length: foldCount }, (_, fold) => ({
    trainingRows: rows.filter((row) => places.get(row) !== fold),
    validationRows: rows.filter((row) => places.get(row) === fold),
  })).filter(({ trainingRows, validationRows }) => trainingRows.length > 0 && validationRows.length > 0);
}

/** Rows of each class that has some, by class number. */
export function byClass(labels: Uint32Array, rows: Uint32Array): (readonly [number, readonly number[]])[] {
  const found = new Map<number, number[]>();
  for (const row of rows) {
    const members = found.get(labels[row] ?? 0);
    if (members) members.push(row);
    else found.set(labels[row] ?? 0, [row]);
  }
  return [...found].sort(([a], [b]) => a - b);
}
