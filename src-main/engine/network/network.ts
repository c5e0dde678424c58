/**
 * The one representation of a model: a short list of nodes in topological order, with NHWC float32 parameters.
 * Batch norm is folded into the convolutions on import, so that nothing "frozen" can drift while the rest trains.
 * One walk runs it in tfjs core ops, one writes it as ONNX, one per export format. Nothing else knows what a model is.
 */

/** A dense array in row-major order. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export const ACTIVATIONS = ['relu', 'relu6'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

interface NodeBase {
  readonly name: string;
  /** Names of the nodes whose outputs come in. */
  readonly inputs: readonly string[];
}

/** Pixels 0–255, RGB, [batch, height, width, 3]; the node's output is `(pixel − mean) · scale`, as the backbone was trained. */
export interface InputNode extends NodeBase {
  readonly op: 'input';
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly mean: number;
  readonly scale: number;
}
/** TensorFlow's SAME padding: asymmetric (more at the end) where the stride leaves an odd rest. */
export interface Conv2dNode extends NodeBase {
  readonly op: 'conv2d';
  readonly stride: number;
  /** [height, width, in, out] */
  readonly kernel: Parameter;
  readonly bias: Parameter;
}
export interface DepthwiseConv2dNode extends NodeBase {
  readonly op: 'depthwiseConv2d';
  readonly stride: number;
  /** [height, width, channels, 1] */
  readonly kernel: Parameter;
  readonly bias: Parameter;
}
export interface ActivationNode extends NodeBase {
  readonly op: 'activation';
  readonly activation: Activation;
}
interface AddNode extends NodeBase {
  readonly op: 'add';
}
interface GlobalAveragePoolNode extends NodeBase {
  readonly op: 'globalAveragePool';
}
export interface DenseNode extends NodeBase {
  readonly op: 'dense';
  /** [in, out] */
  readonly kernel: Parameter;
  readonly bias: Parameter;
}
interface SoftmaxNode extends NodeBase {
  readonly op: 'softmax';
}

export type NetworkNode =
  | InputNode
  | Conv2dNode
  | DepthwiseConv2dNode
  | ActivationNode
  | AddNode
  | GlobalAveragePoolNode
  | DenseNode
  | SoftmaxNode;

export interface Network {
  /** Topological order; the first is the input, the last the output. */
  readonly nodes: readonly NetworkNode[];
}

/** A linear classifier on an embedding. */
export interface LinearHead {
  /** [features, classes] */
  readonly kernel: Parameter;
  /** [classes] */
  readonly bias: Parameter;
}
