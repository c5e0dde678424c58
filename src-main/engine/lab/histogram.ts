import type { Histogram } from '../../contract/lab/options.ts';

/** Counts values in bins of equal width from the least to the largest. Where all are alike, all are in the first bin. */
export function histogramOf(values: Float32Array, bins: number): Histogram {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  const counts = new Array<number>(bins).fill(0);
  const scale = to > from ? bins / (to - from) : 0;
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor((value - from) * scale));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, to, counts };
}
