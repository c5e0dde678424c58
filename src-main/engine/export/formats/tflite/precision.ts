import type { Parameter, InputNode } from '../../../network/network.ts';
import type { Shape } from '../../../network/shapes.ts';
import type { Quantisation } from './schema.ts';

/** Which values a tensor has to hold; floats hold any. */
export type Values =
  /** Those of a node, with what is below and above zero scaled. */
  | { readonly node: string; readonly below?: number; readonly above?: number }
  /** Those of another tensor, stored in the same way. */
  | { readonly like: number }
  /** Stored as an operator demands. */
  | { readonly exactly: Quantisation };

/** The weights of a convolution or dense layer, in the order of TFLite. */
export interface LayerWeights {
  /** Of the node. */
  readonly name: string;
  /** [out, height, width, in], depthwise [1, height, width, channels], dense [out, in]. */
  readonly kernel: Parameter;
  /** [out] */
  readonly bias: Parameter;
  /** Axis of the kernel along which each channel that goes out has a scale of its own; null: one for all. */
  readonly channelAxis: number | null;
  /** Tensor that comes in, and the node that gives it. */
  readonly input: number;
  readonly inputNode: string;
}

/** How values and weights lie in the file: as floats, half floats or 8-bit integers. Each answers with numbers of tensors. */
export interface Precision {
  /** The model's input, and what the network's input node gives. */
  input(node: InputNode): { readonly image: number; readonly value: number };
  /** A tensor for an operator to write. */
  value(name: string, shape: Shape, values: Values): number;
  weights(layer: LayerWeights): readonly [kernel: number, bias: number];
  constant(name: string, values: Parameter): number;
  /** The same values, stored as those of `other`. */
  alike(tensor: number, other: number): number;
  /** The model's output. */
  output(tensor: number): number;
}
