import type { Network, Parameter } from '../network/network.ts';
import { inferShapes, samePadding } from '../network/shapes.ts';
import { BackboneFormatError } from './format-error.ts';

/** Zeros before and after: [[top, bottom], [left, right]]. */
export type Padding = readonly [readonly [number, number], readonly [number, number]];

const NO_PADDING: Padding = [
  [0, 0],
  [0, 0],
];

interface Convolution {
  /** Explicit zeros before it; null for none. */
  readonly padding: Padding | null;
  readonly mode: 'same' | 'valid';
  readonly kernel: Parameter;
  readonly stride: number;
}

/**
 * Refuses a convolution whose explicit zeros are not those of SAME, which is all that a network knows.
 *
 * @param where    the convolution, for the message: `Layer "conv1"`.
 * @param network  up to the node that it reads.
 * @param input    name of that node.
 * @throws BackboneFormatError
 */
export function requireSamePadding(where: string, network: Network, input: string, convolution: Convolution): void {
  const { padding, mode, kernel, stride } = convolution;
  if (mode === 'same' && padding === null) return;
  const size = inferShapes(network).get(input) ?? [];
  const needed = [0, 1].map((axis) => samePadding(size[axis] ?? 0, kernel.shape[axis] ?? 0, stride).join());
  const given = (padding ?? NO_PADDING).map((zeros) => zeros.join());
  if (mode === 'same' || given.join(';') !== needed.join(';'))
    throw new BackboneFormatError(
      `${where} is padded by ${given.join(' and ')} (${mode}); only what SAME gives (${needed.join(' and ')}) can be imported`,
    );
}
