import { gaussian, type Random } from '../random.ts';

/**
 * One draw from Beta(alpha, alpha), exactly: X / (X + Y) of two draws from Gamma(alpha). In logarithms, since both may be too
 * small for a float where alpha is.
 *
 * @param alpha  above 0.
 */
export function drawBeta(alpha: number, random: Random): number {
  const [x, y] = [drawLogGamma(alpha, random), drawLogGamma(alpha, random)];
  return 1 / (1 + Math.exp(y - x));
}

/**
 * Logarithm of one draw from Gamma(shape) with scale 1. A shape below 1 is drawn one above and brought down by a uniform
 * number to the power of 1 / shape.
 *
 * @see Marsaglia and Tsang 2000, "A simple method for generating gamma variables", ACM TOMS 26(3), pages 363–372.
 */
function drawLogGamma(shape: number, random: Random): number {
  if (shape < 1) return drawLogGamma(shape + 1, random) + Math.log(1 - random()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = gaussian(random);
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - random()) < normal ** 2 / 2 + d * (1 - v + Math.log(v))) return Math.log(d * v);
  }
}
