/** A network in the few operations that both of Core ML's formats have, one picture at a time, each channel a plane. */
import { ELU_ALPHA, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE } from '../../../network/activations.ts';
import { pooledSize, regionStarts } from '../../../network/fractional-pool.ts';
import type {
  Activation,
  Conv2dNode,
  DenseNode,
  DepthwiseConv2dNode,
  Network,
  NetworkNode,
  Parameter,
} from '../../../network/network.ts';
import { toChw, toOihw, toPlanes } from '../../../network/planes.ts';
import { InvalidNetworkError, inferShapes, samePadding, type Shape } from '../../../network/shapes.ts';

type Kind =
  /** Zeros around each plane are counted out: what Core ML's own "same" puts where is told in two ways. */
  | {
      readonly op: 'convolution';
      /** [out, in / groups, height, width] */
      readonly kernel: Parameter;
      readonly bias: Parameter;
      readonly stride: number;
      readonly groups: number;
      readonly padding: { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] };
    }
  /** `kernel` is [out, in]. */
  | { readonly op: 'dense'; readonly kernel: Parameter; readonly bias: Parameter }
  | { readonly op: 'relu' | 'relu6' | 'sigmoid' | 'tanh' | 'globalAveragePool' | 'softmax' }
  | { readonly op: 'leakyRelu' | 'elu'; readonly alpha: number }
  | { readonly op: 'scale'; readonly factor: number }
  /** Of two inputs; the second may be a constant that spreads over the first. */
  | { readonly op: 'add' | 'multiply' | 'maximum' }
  | { readonly op: 'constant'; readonly value: Parameter }
  | { readonly op: 'maxPool'; readonly size: number }
  /** Rows (axis 2) or columns (axis 3) by their number. */
  | { readonly op: 'gather'; readonly axis: 2 | 3; readonly places: readonly number[] };

export type Operation = Kind & {
  /** A letter, then letters, digits and underscores: what a name may be in an ML Program. */
  readonly name: string;
  readonly inputs: readonly string[];
  /** Of the output, with the batch of 1: [1, channels, height, width], [1, features]; a constant's own. */
  readonly shape: Shape;
};

export interface Operations {
  /** `pixel · scale + bias`, RGB 0–255; its output is read under `name`. */
  readonly input: {
    readonly name: string;
    readonly shape: Shape;
    readonly scale: number;
    readonly bias: number;
  };
  /** In order; the last one's output is the network's. */
  readonly operations: readonly Operation[];
}

/** Adds an operation under a node's name, or one made of it, and gives that. */
type Add = (suffix: string, kind: Kind, inputs: readonly string[], shape: Shape) => string;

/**
 * Every node of a settled network can be held exactly.
 *
 * @throws InvalidNetworkError if the network cannot run, or still holds what belongs to training.
 */
export function toOperations(network: Network): Operations {
  const shapes = inferShapes(network);
  const operations: Operation[] = [];
  const written = new Map<string, string>(); // what a node's output is called
  const [input, ...others] = network.nodes;
  if (input?.op !== 'input' || others.length === 0)
    throw new InvalidNetworkError('A network of its input alone has nothing to write');
  const inputName = identifier(0, input.name);
  written.set(input.name, inputName);
  for (const [index, node] of others.entries()) {
    const name = identifier(index + 1, node.name);
    const add: Add = (suffix, kind, inputs, shape) => {
      operations.push({ ...kind, name: name + suffix, inputs, shape });
      return name + suffix;
    };
    const inputs = node.inputs.map((given) => written.get(given) ?? '');
    writeNode(add, node, { inputs, from: shapes.get(node.inputs[0] ?? '') ?? [], to: shapes.get(node.name) ?? [] });
    written.set(node.name, name);
  }
  const { shape, scale, mean } = input;
  return { input: { name: inputName, shape: batched(shape), scale, bias: -mean * scale }, operations };
}

/** Numbered, so that names differ however nodes are called, and none is a word of the language. */
function identifier(index: number, node: string): string {
  return `n${index}_${node.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
}

function batched(shape: Shape): Shape {
  return [1, ...(shape.length === 3 ? toChw(shape) : shape)];
}

interface Place {
  readonly inputs: readonly string[];
  /** Shapes of the network: [height, width, channels] or [features]. */
  readonly from: Shape;
  readonly to: Shape;
}

/** What a node comes to; the last operation has the node's own name. */
function writeNode(add: Add, node: NetworkNode, { inputs, from, to }: Place): void {
  const [input = ''] = inputs;
  const shape = batched(to);
  switch (node.op) {
    case 'conv2d':
    case 'depthwiseConv2d':
      return void add('', convolution(node, from), inputs, shape);
    case 'activation':
      return writeActivation(add, node.activation, input, shape);
    case 'prelu':
      return writePRelu(add, node.slope, input, shape);
    case 'maximum':
    case 'add':
      return void add('', { op: node.op }, inputs, shape);
    case 'offset': {
      const value = toPlanes(node.offset);
      return void add('', { op: 'add' }, [input, add('_offset', { op: 'constant', value }, [], value.shape)], shape);
    }
    case 'maxPool':
      return void add('', { op: 'maxPool', size: node.size }, inputs, shape);
    case 'fractionalMaxPool': {
      const startsOf = (size: number) => regionStarts(size, pooledSize(size, node.ratio), node.phase);
      const [height = 0, width = 0, channels = 0] = from;
      const pooledRows = [1, channels, to[0] ?? 0, width];
      const rows = writePooled(add, '_rows', { input, axis: 2, starts: startsOf(height), shape: pooledRows });
      return void writePooled(add, '', { input: rows, axis: 3, starts: startsOf(width), shape });
    }
    case 'globalAveragePool':
    case 'softmax':
      return void add('', { op: node.op }, inputs, shape);
    case 'dense':
      return void add('', dense(node), inputs, shape);
    case 'input':
      throw new InvalidNetworkError(`Node "${node.name}" is a second input`);
    case 'batchNorm':
    case 'dropout':
    case 'stochasticDepth':
      throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) belongs to training: settle the network first`);
  }
}

function convolution(node: Conv2dNode | DepthwiseConv2dNode, [height = 0, width = 0, channels = 0]: Shape): Kind {
  const isDepthwise = node.op === 'depthwiseConv2d';
  const [rows = 0, columns = 0] = node.kernel.shape;
  return {
    op: 'convolution',
    kernel: toOihw(node.kernel, isDepthwise),
    bias: node.bias,
    stride: node.stride,
    groups: isDepthwise ? channels : 1,
    padding: { rows: samePadding(height, rows, node.stride), columns: samePadding(width, columns, node.stride) },
  };
}

function dense({ kernel: { shape, values }, bias }: DenseNode): Kind {
  const [ins = 0, outs = 0] = shape;
  const transposed = values.map((_, at) => values[(at % ins) * outs + Math.floor(at / ins)] ?? 0);
  return { op: 'dense', kernel: { shape: [outs, ins], values: transposed }, bias };
}

function writeActivation(add: Add, activation: Activation, input: string, shape: Shape): void {
  switch (activation) {
    case 'leakyRelu':
      return void add('', { op: activation, alpha: LEAKY_SLOPE }, [input], shape);
    case 'elu':
      return void add('', { op: activation, alpha: ELU_ALPHA }, [input], shape);
    case 'selu': {
      const elu = add('_elu', { op: 'elu', alpha: SELU_ALPHA }, [input], shape);
      return void add('', { op: 'scale', factor: SELU_SCALE }, [elu], shape);
    }
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'tanh':
      return void add('', { op: activation }, [input], shape);
  }
}

/** relu(x) − slope · relu(−x), as Core ML's own PReLU wants a picture and a hidden layer has none. */
function writePRelu(add: Add, { shape: [channels = 0], values }: Parameter, input: string, shape: Shape): void {
  const spread = shape.length === 4 ? [channels, 1, 1] : [channels];
  const slope = { shape: spread, values: values.map((value) => -value) };
  const negated = add('_negated', { op: 'scale', factor: -1 }, [input], shape);
  const below = add('_below', { op: 'relu' }, [negated], shape);
  const constant = add('_slope', { op: 'constant', value: slope }, [], spread);
  const scaled = add('_scaled', { op: 'multiply' }, [below, constant], shape);
  add('', { op: 'add' }, [add('_above', { op: 'relu' }, [input], shape), scaled], shape);
}

interface Pooling {
  readonly input: string;
  readonly axis: 2 | 3;
  /** Where regions begin, and the end of the axis. */
  readonly starts: readonly number[];
  readonly shape: Shape;
}

/** Pools one axis by regions of one or two: their first and their last places, and the larger of the two. */
function writePooled(add: Add, suffix: string, { input, axis, starts, shape }: Pooling): string {
  const gather = (places: readonly number[]): Kind => ({ op: 'gather', axis, places });
  const first = add(`${suffix}_first`, gather(starts.slice(0, -1)), [input], shape);
  const last = add(`${suffix}_last`, gather(starts.slice(1).map((next) => next - 1)), [input], shape);
  return add(suffix, { op: 'maximum' }, [first, last], shape);
}
