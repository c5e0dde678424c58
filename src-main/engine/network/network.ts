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

/** Without weights of their own; their formulas stand in activations.ts. */
export const ACTIVATIONS = ['relu', 'relu6', 'leakyRelu', 'elu', 'selu', 'sigmoid', 'tanh'] as const;
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
/** max(x, 0) + slope · min(x, 0), one learned slope a channel. @see He et al. 2015, arXiv:1502.01852. */
export interface PReluNode extends NodeBase {
  readonly op: 'prelu';
  /** [channels] */
  readonly slope: Parameter;
}
/** The larger of two inputs, value by value. Of two convolutions or dense layers it makes a Maxout unit (arXiv:1302.4389). */
interface MaximumNode extends NodeBase {
  readonly op: 'maximum';
}
interface AddNode extends NodeBase {
  readonly op: 'add';
}
/** Adds one and the same picture to every input: the mean image's negative, to subtract it. */
export interface OffsetNode extends NodeBase {
  readonly op: 'offset';
  /** Like the input, without the batch. */
  readonly offset: Parameter;
}
/**
 * (x − mean) · gamma / √(variance + epsilon) + beta by channel. While it trains, mean and variance are the batch's, and the
 * node's own follow them. Only in networks that train: `settle` folds it into the convolution before it.
 */
export interface BatchNormNode extends NodeBase {
  readonly op: 'batchNorm';
  /** [channels] each */
  readonly gamma: Parameter;
  readonly beta: Parameter;
  readonly mean: Parameter;
  readonly variance: Parameter;
  readonly epsilon: number;
}
/** The largest of each block of size × size; what is left over at the end of an axis is cut. */
export interface MaxPoolNode extends NodeBase {
  readonly op: 'maxPool';
  readonly size: number;
}
/**
 * The largest of each of a grid of blocks whose sides are 1 or 2: the picture shrinks by a ratio between 1 and 2.
 * While it trains, each step draws its blocks anew; otherwise they follow from `phase` alone. @see Graham 2014, arXiv:1412.6071.
 */
export interface FractionalMaxPoolNode extends NodeBase {
  readonly op: 'fractionalMaxPool';
  /** Input side / output side, above 1 and at most 2. */
  readonly ratio: number;
  /** u of Graham's pseudo-random sequence, between 0 and 1. */
  readonly phase: number;
}
/** Values cut at random while it trains. `settle` takes it out. */
export interface DropoutNode extends NodeBase {
  readonly op: 'dropout';
  /** Share of values that are cut. */
  readonly rate: number;
  /** Whether what is kept is scaled up while it trains (inverted), or everything scaled down afterwards (plain). */
  readonly isInverted: boolean;
}
/**
 * The end of a residual branch that is left out of some steps, the whole batch at once; afterwards scaled by its chance
 * of being there. `settle` takes it out. @see Huang et al. 2016, arXiv:1603.09382, eq. 2 and 5.
 */
export interface StochasticDepthNode extends NodeBase {
  readonly op: 'stochasticDepth';
  /** Chance that the branch is there. */
  readonly survival: number;
  /** Whether it is scaled up where it is there instead, and left alone afterwards: what was learned without it stays as it was. */
  readonly isInverted?: boolean;
}
interface GlobalAveragePoolNode extends NodeBase {
  readonly op: 'globalAveragePool';
}
export interface DenseNode extends NodeBase {
  readonly op: 'dense';
  /** [in, out] */
  readonly kernel: Parameter;
  readonly bias: Parameter;
  /**
   * DropConnect: share of the weights that each step cuts, the others scaled up, so that nothing is left to do afterwards.
   * @see Wan et al. 2013, "Regularization of neural networks using DropConnect".
   */
  readonly dropConnect?: number;
}
interface SoftmaxNode extends NodeBase {
  readonly op: 'softmax';
}

export type NetworkNode =
  | InputNode
  | Conv2dNode
  | DepthwiseConv2dNode
  | ActivationNode
  | PReluNode
  | MaximumNode
  | AddNode
  | OffsetNode
  | BatchNormNode
  | MaxPoolNode
  | FractionalMaxPoolNode
  | GlobalAveragePoolNode
  | DropoutNode
  | StochasticDepthNode
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
