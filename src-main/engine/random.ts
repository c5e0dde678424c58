/**
 * The only source of randomness: a stream of numbers that depends on the seeds alone.
 *
 * Generator: SplitMix32-style mixing of a counter (Steele et al. 2014, "Fast splittable pseudorandom number generators"),
 * so that a stream can be made for any tuple, e.g. `(seed, epoch, index)`, without running through those before it.
 */
export type Random = () => number;

/** A stream of numbers in [0, 1) that is a pure function of `seeds`. */
export function createRandom(...seeds: readonly number[]): Random {
  let state = seeds.reduce((hash, seed) => mix(hash ^ mix(seed)), 0x9e3779b9);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** Shuffles in place (Fisher–Yates) and returns the same array. */
export function shuffle<T extends unknown[] | Uint32Array>(items: T, random: Random): T {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
  return items;
}

/** One draw from N(0, 1) (Box–Muller). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
