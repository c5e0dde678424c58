import type { Initialisation } from '../../contract/training.ts';
import { gaussian, type Random } from '../random.ts';
import type { Parameter } from './network.ts';

/**
 * Standard deviation of weights that sum `fanIn` inputs:
 * `small` 0.01, whose signals die out in a deep network; `large` 1, which saturates or explodes; `xavier` √(1 / fanIn), right for
 * tanh and, as LeCun's normal, for SELU; `he` √(2 / fanIn), right for rectifiers.
 *
 * @see LeCun et al. 1998, "Efficient BackProp", eq. 16; Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852, eq. 10.
 */
export function initialStd(kind: Initialisation, fanIn: number): number {
  switch (kind) {
    case 'small':
      return 0.01;
    case 'large':
      return 1;
    case 'xavier':
      return Math.sqrt(1 / fanIn);
    case 'he':
      return Math.sqrt(2 / fanIn);
  }
}

/**
 * Weights of a dense layer [in, out] or a convolution [height, width, in, out], from N(0, `initialStd`²).
 *
 * @param random  borrowed; draws one pair a value.
 */
export function initialWeights(kind: Initialisation, shape: readonly number[], random: Random): Parameter {
  const count = shape.reduce((product, size) => product * size, 1);
  const std = initialStd(kind, count / (shape.at(-1) ?? 1));
  return { shape, values: Float32Array.from({ length: count }, () => std * gaussian(random)) };
}

export function zeros(shape: readonly number[]): Parameter {
  return constant(shape, 0);
}

export function ones(shape: readonly number[]): Parameter {
  return constant(shape, 1);
}

/** @see He et al. 2015, arXiv:1502.01852, section 2.1: PReLU's slopes begin at a quarter. */
export function preluSlopes(channels: number): Parameter {
  return constant([channels], 0.25);
}

function constant(shape: readonly number[], value: number): Parameter {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, values: new Float32Array(count).fill(value) };
}
