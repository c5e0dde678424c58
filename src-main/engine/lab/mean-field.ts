/**
 * What becomes of a signal in a wide network with random weights, layer by layer, before anything is learned.
 *
 * Each sum of a wide layer is normally distributed over the draws of the weights, with a variance q that follows from the layer
 * before: q′ = fanIn · σ² · E f(√q·z)², z ~ N(0, 1). Xavier's and He's rules are this equation with f linear and f a ReLU.
 *
 * @see Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852, eq. 5–10 and 12–14; Poole et al. 2016, arXiv:1606.05340, eq. 3.
 */
import type { HiddenActivation } from '../../contract/training.ts';
import { SLOPE, VALUE } from './activation-formulas.ts';
import { average } from './average.ts';

/** Of f(√q·z), z ~ N(0, 1). */
export interface Moments {
  readonly mean: number;
  /** E f². */
  readonly square: number;
  readonly fourth: number;
  /** About the mean. */
  readonly variance: number;
  readonly centralFourth: number;
  /** E f′² and E f′⁴; of Maxout summed over its pieces, of which one is open. */
  readonly slopeSquare: number;
  readonly slopeFourth: number;
}

/**
 * Middles of cells of z, and each cell's share of N(0, 1). With cells this small the rule is right to 0.2 % also where large
 * weights make tanh as steep as a step.
 */
const CELL = 0.02;
const POINTS = Float64Array.from({ length: Math.round(16 / CELL) }, (_, index) => (index + 0.5) * CELL - 8);
const DENSITY = POINTS.map((z) => (CELL * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI));
/** Of the larger of two: 2 φ(z) Φ(z). */
const DENSITY_OF_LARGER = DENSITY.map((share, index) => {
  const below = DENSITY.subarray(0, index).reduce((sum, value) => sum + value, 0) + share / 2;
  return 2 * share * below;
});

/** @param variance  q, of the sums. */
export function momentsOf(activation: HiddenActivation, variance: number): Moments {
  const scale = Math.sqrt(variance);
  const isMaxout = activation === 'maxout';
  const density = isMaxout ? DENSITY_OF_LARGER : DENSITY;
  const value = isMaxout ? (x: number) => x : VALUE[activation];
  const slope = isMaxout ? () => 1 : SLOPE[activation];
  const values = POINTS.map((z) => value(scale * z));
  let [mean, square, fourth, slopeSquare, slopeFourth] = [0, 0, 0, 0, 0];
  values.forEach((y, index) => {
    const share = density[index] ?? 0;
    const steepness = slope(scale * (POINTS[index] ?? 0)) ** 2;
    mean += share * y;
    square += share * y * y;
    fourth += share * (y * y) ** 2;
    slopeSquare += share * steepness;
    slopeFourth += share * steepness ** 2;
  });
  let [centralSquare, centralFourth] = [0, 0]; // in a pass of their own: a difference of large numbers would lose all digits
  values.forEach((y, index) => {
    const squared = (y - mean) ** 2;
    centralSquare += (density[index] ?? 0) * squared;
    centralFourth += (density[index] ?? 0) * squared ** 2;
  });
  return { mean, square, fourth, variance: centralSquare, centralFourth, slopeSquare, slopeFourth };
}

export interface LayerTheory {
  readonly mean: number;
  readonly std: number;
  /** Relative standard error that one draw of the weights leaves in `std`. */
  readonly stdError: number;
  /** Of the gradient by the layer's outputs, where the last layer's has a standard deviation of 1. */
  readonly gradientStd: number;
  readonly gradientError: number;
}

export interface NetworkTheory {
  readonly activation: HiddenActivation;
  readonly depth: number;
  readonly width: number;
  /** Variance of the first layer's sums for each picture, or group of pictures: fanIn · σ² · mean square of the inputs. */
  readonly firstVariances: readonly number[];
  /** Variance of the weights behind the first layer. */
  readonly weightVariance: number;
}

/** Layer by layer, from the input on. */
export function foretell({ activation, depth, width, firstVariances, weightVariance }: NetworkTheory): LayerTheory[] {
  const gain = width * weightVariance;
  const layers: { readonly moments: readonly Moments[]; readonly meanVariance: number }[] = [];
  let variances = firstVariances;
  for (let layer = 0; layer < depth; layer++) {
    const moments = variances.map((variance) => momentsOf(activation, variance));
    layers.push({ moments, meanVariance: average(variances) });
    variances = moments.map(({ square }) => gain * square);
  }

  const gradients = new Array<number>(depth).fill(1);
  const gradientErrors = new Array<number>(depth).fill(0);
  let byPicture = firstVariances.map(() => 1);
  for (let layer = depth - 1; layer > 0; layer--) {
    const moments = layers[layer]?.moments ?? [];
    byPicture = byPicture.map((gradient, picture) => gradient * gain * (moments[picture]?.slopeSquare ?? 0));
    gradients[layer - 1] = Math.sqrt(average(byPicture));
    // Behind the slopes lie sums over weights, which are normally distributed: E x⁴ = 3 (E x²)².
    const { slopeSquare, slopeFourth } = momentsOf(activation, layers[layer]?.meanVariance ?? 0);
    const added = slopeSquare === 0 ? 0 : (3 * slopeFourth) / slopeSquare ** 2 - 1;
    gradientErrors[layer - 1] = (gradientErrors[layer] ?? 0) + added / width;
  }

  const errors = relativeErrors(
    activation,
    layers.map(({ meanVariance }) => meanVariance),
    width,
  );
  return layers.map(({ moments }, layer): LayerTheory => {
    const mean = average(moments.map((one) => one.mean));
    const variance = average(moments.map((one) => one.variance + (one.mean - mean) ** 2));
    const gradientError = Math.sqrt(gradientErrors[layer] ?? 0) / 2;
    return {
      mean,
      std: Math.sqrt(variance),
      stdError: errors[layer] ?? 0,
      gradientStd: gradients[layer] ?? 0,
      gradientError,
    };
  });
}

/**
 * A layer of n units measures its own second moment with a relative variance of (E f⁴ / (E f²)² − 1) / n, and hands on what the
 * layers before it have missed, multiplied by how strongly its moment follows q. All pictures go through the same weights, so
 * that more of them do not help: this is the error if all were alike, and thus the largest.
 *
 * @see Hanin & Rolnick 2018, arXiv:1803.01719: of a ReLU the variance of log q grows as 5 · depth / width.
 */
function relativeErrors(activation: HiddenActivation, variances: readonly number[], width: number): number[] {
  let missed = 0; // relative variance of the second moment of the layer before
  return variances.map((variance) => {
    const here = momentsOf(activation, variance);
    const beside = momentsOf(activation, variance * NUDGE);
    const follows = (of: (moments: Moments) => number) => Math.log(of(beside) / of(here)) / Math.log(NUDGE);
    const spread = (fourth: number, square: number) => (fourth / square ** 2 - 1) / width;
    const ofStd = follows((m) => m.variance) ** 2 * missed + spread(here.centralFourth, here.variance);
    missed = follows((m) => m.square) ** 2 * missed + spread(here.fourth, here.square);
    return Math.sqrt(ofStd) / 2;
  });
}

/** By which q is moved to see how a moment follows it. */
const NUDGE = 1.01;
