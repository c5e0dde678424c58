/** Which pictures a probe learns from and which check it. Pure. */
import { createRandom, shuffle } from '../random.ts';

/** Streams of `createRandom` that only the choice of a mode draws from. */
const STREAM = { folds: 50, sample: 51 };

/** A row that no fold checks. */
export const UNCHECKED = 255;

/** Rows with their classes and what tells copies apart. */
export interface ProbeRows {
  /** Class number of each row. */
  readonly labels: Uint32Array;
  /** Equal for copies of one picture, and for nothing else. */
  readonly pictures: readonly string[];
}

/**
 * Deals rows into folds, each class evenly, all copies of a picture into one. A class of one different picture is checked nowhere:
 * a model that never saw a class says nothing about it.
 *
 * @param repeat  number of the deal, from 0: each is another one.
 * @returns       number of the fold that checks each row, `UNCHECKED` for none.
 */
export function stratifiedFolds(
  { labels, pictures }: ProbeRows,
  { foldCount, seed, repeat }: { readonly foldCount: number; readonly seed: number; readonly repeat: number },
): Uint8Array {
  const classes = new Map<number, string[]>();
  const seen = new Set<string>();
  labels.forEach((label, row) => {
    const picture = pictures[row] ?? '';
    if (seen.has(picture)) return;
    seen.add(picture);
    const members = classes.get(label);
    if (members) members.push(picture);
    else classes.set(label, [picture]);
  });
  const foldOf = new Map<string, number>();
  let dealt = 0;
  for (const [label, members] of [...classes].sort(([a], [b]) => a - b)) {
    if (members.length < 2) continue;
    // Dealt on from class to class, so that the folds are of one size whatever the classes are.
    for (const picture of shuffle(members, createRandom(seed, STREAM.folds, repeat, label)))
      foldOf.set(picture, dealt++ % foldCount);
  }
  return Uint8Array.from(labels, (_, row) => foldOf.get(pictures[row] ?? '') ?? UNCHECKED);
}

/**
 * Rows drawn by seed, as many of each class as its share, but of none fewer than `fewestPerClass` where it has them.
 *
 * @returns all rows where there are no more than `most`; in rising order.
 */
export function sampleRows(
  labels: Uint32Array,
  { most, fewestPerClass, seed }: { readonly most: number; readonly fewestPerClass: number; readonly seed: number },
): Uint32Array {
  const rows = Uint32Array.from(labels.keys());
  if (rows.length <= most) return rows;
  const classes = new Map<number, number[]>();
  for (const row of rows) classes.set(labels[row] ?? 0, [...(classes.get(labels[row] ?? 0) ?? []), row]);
  const drawn = [...classes].flatMap(([label, members]) => {
    const count = Math.max(fewestPerClass, Math.round((members.length * most) / rows.length));
    return shuffle(members, createRandom(seed, STREAM.sample, label)).slice(0, count);
  });
  return Uint32Array.from(drawn).sort();
}
