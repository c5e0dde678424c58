import type { ClassMetrics, Interval } from '../../contract/results.ts';

/** 97.5 % point of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/**
 * 95 % interval of a share, honest for few pictures and near 0 and 1.
 *
 * @throws RangeError if nothing was counted.
 * @see Wilson 1927, "Probable inference, the law of succession, and statistical inference", eq. for the score interval.
 */
export function wilsonInterval(successCount: number, count: number): Interval {
  if (count < 1) throw new RangeError('An interval needs at least one picture');
  const share = successCount / count;
  const z2 = Z_95 ** 2;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (Z_95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * How often chance alone would part two counts so far or further, if each picture that changed were as likely to change
 * for the better as for the worse: the exact two-sided McNemar test.
 *
 * @returns 0–1; 1 where nothing changed.
 * @see McNemar 1947, "Note on the sampling error of the difference between correlated proportions"; exact by the binomial
 *      distribution of n = fixed + broken with p = 1/2.
 */
export function mcNemar(fixedCount: number, brokenCount: number): number {
  const count = fixedCount + brokenCount;
  let logTerm = -count * Math.LN2; // of C(n, k) / 2^n, whose parts overflow from a thousand on
  let tail = 0;
  for (let k = 0; k <= Math.min(fixedCount, brokenCount); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((count - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** Counts by truth (rows) and prediction (columns). Class numbers must lie below `classCount`. */
export function confusionMatrix(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classCount: number,
): number[][] {
  const matrix = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let index = 0; index < truths.length; index++) {
    const row = matrix[truths[index] ?? -1];
    const column = predictions[index];
    if (row === undefined || column === undefined || row[column] === undefined) {
      throw new RangeError(`Prediction ${index} names a class outside 0–${classCount - 1}`);
    }
    row[column]++;
  }
  return matrix;
}

/** Precision, recall and F1 of every class; null where the denominator is zero. */
export function metricsByClass(confusion: readonly (readonly number[])[], classes: readonly string[]): ClassMetrics[] {
  return classes.map((name, index) => {
    const hits = confusion[index]?.[index] ?? 0;
    const imageCount = sum(confusion[index] ?? []);
    const predictedCount = sum(confusion.map((row) => row[index] ?? 0));
    return {
      name,
      imageCount,
      precision: ratio(hits, predictedCount),
      recall: ratio(hits, imageCount),
      f1: ratio(2 * hits, imageCount + predictedCount),
    };
  });
}

/** Number of the largest value; the first of equals. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? -Infinity) > (values[best] ?? -Infinity)) best = index;
  }
  return best;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
