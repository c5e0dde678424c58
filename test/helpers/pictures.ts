import { createRandom } from '../../src-main/engine/random.ts';

/** uint8 [count, size, size, 3] of noise: every pixel counts, so a shift by one shows. */
export function noisePictures(count: number, size: number, seed = 11): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: count * size * size * 3 }, () => Math.floor(random() * 256));
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return Array.from(a).reduce((largest, value, index) => {
    const difference = Math.abs(value - (b[index] ?? NaN));
    return Number.isNaN(difference) ? NaN : Math.max(largest, difference);
  }, 0);
}
