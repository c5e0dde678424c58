import { createRandom, shuffle, type Random } from '../random.ts';

/**
 * Weights that let classes of unequal size weigh alike: n / (classes · n of the class), so that their mean over the rows
 * is 1; scikit-learn's class_weight='balanced'. A class without rows gets 0 and is not counted among the classes.
 *
 * @param labels  class number of each row.
 * @param rows    rows that count; at least one.
 * @see King & Zeng 2001, "Logistic regression in rare events data", section 4.2.
 */
export function classWeights(labels: Uint32Array, rows: Uint32Array, classCount: number): Float32Array {
  const counts = new Uint32Array(classCount);
  for (const row of rows) counts[labels[row] ?? 0] = (counts[labels[row] ?? 0] ?? 0) + 1;
  const presentCount = counts.filter((count) => count > 0).length;
  return Float32Array.from(counts, (count) => (count === 0 ? 0 : rows.length / (presentCount * count)));
}

/** The order in which an epoch sees its rows: a pure function of (seed, epoch), so that a run can be repeated from anywhere. */
export function epochOrder(rows: Uint32Array, seed: number, epoch: number): Uint32Array {
  return shuffle(Uint32Array.from(rows), createRandom(seed, 2, epoch));
}

/**
 * The order of an epoch that draws each class equally often: a pure function of (seed, epoch), of as many rows as there
 * are. A class gives each of its rows once before it gives any again; of a larger class other rows sit out every epoch.
 * Where the rows do not divide evenly, classes drawn by (seed, epoch) give one more.
 *
 * @param labels  class number of each row.
 * @param rows    rows to draw from. Borrowed.
 */
export function balancedOrder(labels: Uint32Array, rows: Uint32Array, seed: number, epoch: number): Uint32Array {
  const random = createRandom(seed, 3, epoch);
  const byClass = new Map<number, number[]>();
  for (const row of rows) {
    const label = labels[row] ?? 0;
    const members = byClass.get(label);
    if (members) members.push(row);
    else byClass.set(label, [row]);
  }
  const classes = shuffle([...byClass.values()], random);
  const quota = Math.floor(rows.length / classes.length);
  const spare = rows.length % classes.length;
  const drawn = classes.flatMap((members, index) => draw(members, quota + (index < spare ? 1 : 0), random));
  return shuffle(Uint32Array.from(drawn), random);
}

/** `count` of the members, shuffled anew each time all have been given. */
function draw(members: readonly number[], count: number, random: Random): number[] {
  const drawn: number[] = [];
  while (drawn.length < count) {
    for (const row of shuffle([...members], random).slice(0, count - drawn.length)) drawn.push(row);
  }
  return drawn;
}
