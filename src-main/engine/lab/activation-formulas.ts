/**
 * The activations once more, number by number in float64, for what theory foretells of them: on no backend, and written apart
 * from those that networks run (network/activations.ts), so that each proves the other.
 */
import type { ActivationCurve } from '../../contract/lab/activation-curves.ts';
import type { HiddenActivation } from '../../contract/training.ts';
import { ELU_ALPHA, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE } from '../network/activations.ts';

/** Where PReLU's slopes begin. @see He et al. 2015, arXiv:1502.01852, section 2.1. */
export const PRELU_START = 0.25;

/** A Maxout of two pieces whose sums are drawn independently has no formula of one x: the larger of the two. */
type Formula = Exclude<HiddenActivation, 'maxout'>;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const above = (x: number, below: number): number => (x > 0 ? 1 : below);

export const VALUE: { readonly [Name in Formula]: (x: number) => number } = {
  relu: (x) => Math.max(x, 0),
  leakyRelu: (x) => (x > 0 ? x : LEAKY_SLOPE * x),
  prelu: (x) => (x > 0 ? x : PRELU_START * x),
  elu: (x) => (x > 0 ? x : ELU_ALPHA * Math.expm1(x)),
  selu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  tanh: Math.tanh,
  sigmoid,
};

export const SLOPE: { readonly [Name in Formula]: (x: number) => number } = {
  relu: (x) => above(x, 0),
  leakyRelu: (x) => above(x, LEAKY_SLOPE),
  prelu: (x) => above(x, PRELU_START),
  elu: (x) => above(x, ELU_ALPHA * Math.exp(x)),
  selu: (x) => SELU_SCALE * above(x, SELU_ALPHA * Math.exp(x)),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  sigmoid: (x) => sigmoid(x) * (1 - sigmoid(x)),
};

type Facts = Pick<ActivationCurve, 'saturates' | 'takesBothSigns' | 'cost' | 'isLearned' | 'advice'> & {
  /** The largest slope anywhere. */
  readonly steepest: number;
};

const rectifier: Facts = {
  saturates: 'never',
  takesBothSigns: true,
  cost: 'comparison',
  isLearned: false,
  advice: null,
  steepest: 1,
};

/**
 * What is known of each. Those whose slope below 0 is constant but small (Leaky ReLU, PReLU) do not saturate, however small it is:
 * it never gets smaller. Advice: the lecture's, "ReLU first; try Leaky ReLU, ELU; not Sigmoid".
 */
export const FACTS: { readonly [Name in HiddenActivation]: Facts } = {
  relu: { ...rectifier, saturates: 'below', takesBothSigns: false, advice: 'first' },
  leakyRelu: { ...rectifier, advice: 'try' },
  prelu: { ...rectifier, isLearned: true },
  elu: { ...rectifier, saturates: 'below', cost: 'exponential', advice: 'try' },
  selu: { ...rectifier, saturates: 'below', cost: 'exponential', steepest: SELU_SCALE * SELU_ALPHA },
  maxout: { ...rectifier, cost: 'second sum' },
  tanh: { ...rectifier, saturates: 'both ends', cost: 'exponential' },
  sigmoid: {
    ...rectifier,
    saturates: 'both ends',
    takesBothSigns: false,
    cost: 'exponential',
    advice: 'avoid',
    steepest: 1 / 4,
  },
};
