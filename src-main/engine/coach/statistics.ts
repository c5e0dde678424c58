/** The tests behind the verdicts, each with its error probability. */

/**
 * Upper tail of the standard normal distribution, P(Z > z); relative error below 1.2e-7.
 *
 * @see Press et al. 1992, "Numerical Recipes in C", section 6.2, erfcc.
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  ];
  const series = coefficients.reduce((sum, coefficient) => t * sum + coefficient, 0);
  const half = (t * Math.exp(-x * x - 1.26551223 + t * series)) / 2;
  return z >= 0 ? half : 1 - half;
}

/** The z whose upper tail is `probability`, 0 < probability < 1. By bisection. */
export function normalQuantile(probability: number): number {
  let [low, high] = [-40, 40];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How far answers agree with the truth, against answers that know nothing of it. */
export interface Agreement {
  readonly count: number;
  readonly accuracy: number;
  /** Accuracy that the same answers would have if they were dealt out by lot. */
  readonly chance: number;
  /** (accuracy − chance) / (1 − chance): 0 is guessing, 1 is all correct. Cohen 1960. */
  readonly kappa: number;
  /** Standard error of kappa where answers and truth have nothing to do with each other. */
  readonly standardError: number;
  /** Probability of such an agreement or a better one by lot. */
  readonly pValue: number;
}

/**
 * Tests answers against the truth by all the ways in which the answers could be dealt out: a permutation test, by the exact
 * mean and variance of its distribution and a normal tail with a correction for steps of one. Classes of unequal size do not
 * fool it: who always answers the largest class agrees no better than chance.
 *
 * @param groups  class numbers of truth and answer; dealt out within each group (a fold, of which a model saw nothing).
 * @see Cohen 1960; Fleiss, Cohen & Everitt 1969, "Large sample standard errors of kappa": the variance of matches in a table
 *      with fixed margins.
 */
export function agreement(
  groups: readonly { readonly truth: ArrayLike<number>; readonly answers: ArrayLike<number> }[],
  classCount: number,
): Agreement {
  let [count, matches, expected, variance] = [0, 0, 0, 0];
  for (const { truth, answers } of groups) {
    const n = truth.length;
    const [a, b] = [new Float64Array(classCount), new Float64Array(classCount)];
    for (let index = 0; index < n; index++) {
      const [is, said] = [truth[index] ?? 0, answers[index] ?? 0];
      a[is] = (a[is] ?? 0) + 1;
      b[said] = (b[said] ?? 0) + 1;
      if (is === said) matches++;
    }
    const products = Array.from(a, (size, c) => size * (b[c] ?? 0));
    const all = products.reduce((sum, product) => sum + product, 0);
    count += n;
    expected += all / Math.max(1, n);
    if (n < 2) continue;
    // Var = Σ a b (n − a)(n − b) + Σ over pairs of classes a a' b b', over n² (n − 1); the pairs are all² − Σ (a b)².
    const own = products.reduce((sum, ab, c) => sum + ab * ((n - (a[c] ?? 0)) * (n - (b[c] ?? 0)) - ab), 0);
    variance += (own + all ** 2) / (n ** 2 * (n - 1));
  }
  const [accuracy, chance] = [matches / count, expected / count];
  const deviation = Math.sqrt(variance);
  const room = Math.max(1 - chance, Number.EPSILON);
  return {
    count,
    accuracy,
    chance,
    kappa: (accuracy - chance) / room,
    standardError: deviation / count / room,
    // Answers that are all the same can be dealt out in one way only.
    pValue: deviation === 0 ? 1 : normalTail((matches - expected - 0.5) / deviation),
  };
}

/** A difference of means over the same pictures, and how sure it is. */
export interface PairedDifference {
  readonly difference: number;
  readonly standardError: number;
  /** Difference in standard errors; 0 where nothing differs. */
  readonly z: number;
}

/** @param first,second  one number a picture, in the same order; at least two. */
export function pairedDifference(first: ArrayLike<number>, second: ArrayLike<number>): PairedDifference {
  const differences = Array.from(first, (value, index) => value - (second[index] ?? 0));
  const { mean, standardError } = meanOf(differences);
  return { difference: mean, standardError, z: standardError === 0 ? 0 : mean / standardError };
}

export function meanOf(values: readonly number[]): { readonly mean: number; readonly standardError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length) };
}
