/** How each kind of node is written in TFLite. */
import { ELU_ALPHA, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE } from '../../../network/activations.ts';
import { fusedActivation } from '../../../network/fused-activation.ts';
import { pooledSize, regionStarts } from '../../../network/fractional-pool.ts';
import type {
  ActivationNode,
  FractionalMaxPoolNode,
  Network,
  NetworkNode,
  Parameter,
} from '../../../network/network.ts';
import { inferShapes, InvalidNetworkError, type Shape } from '../../../network/shapes.ts';
import type { GraphBuilder } from './graph-builder.ts';
import * as options from './options.ts';
import type { LayerWeights, Precision } from './precision.ts';
import { FUSED } from './schema.ts';

/** Operators that can do the ReLU that follows them. */
const FUSABLE = ['conv2d', 'depthwiseConv2d', 'dense', 'add'] as const;

/** What operators store where they leave no choice. */
const SIGMOID_VALUES = { exactly: { scales: [1 / 256], zeroPoints: [-128] } };
const TANH_VALUES = { exactly: { scales: [1 / 128], zeroPoints: [0] } };

interface Place {
  readonly graph: GraphBuilder;
  readonly precision: Precision;
  /** Tensors that come in. */
  readonly inputs: readonly number[];
  /** Without the batch. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** The node whose values go out: the activation that is fused, else the node itself. */
  readonly name: string;
  readonly fused: (typeof FUSED)[keyof typeof FUSED];
}

/**
 * Writes a network's nodes into a graph.
 *
 * @returns the tensors of the model's input and output.
 * @throws InvalidNetworkError if the network cannot run.
 */
export function writeNetwork(network: Network, graph: GraphBuilder, precision: Precision) {
  const shapes = inferShapes(network);
  const tensors = new Map<string, number>();
  const shapeOf = (name: string | undefined): Shape => shapes.get(name ?? '') ?? [];
  let image = 0;
  let last = 0;
  for (let index = 0; index < network.nodes.length; index++) {
    const node = network.nodes[index] as NetworkNode; // within bounds
    if (node.op === 'input') {
      ({ image, value: last } = precision.input(node));
      tensors.set(node.name, last);
      continue;
    }
    const activation = fusedActivation(network, index, FUSABLE);
    const name = activation?.name ?? node.name;
    last = writeNode(node, {
      graph,
      precision,
      inputs: node.inputs.map((input) => tensors.get(input) ?? 0),
      inputShape: shapeOf(node.inputs[0]),
      outputShape: shapeOf(name),
      name,
      fused: FUSED[activation?.activation ?? 'none'],
    });
    tensors.set(name, last);
    if (activation !== null) index++;
  }
  return { input: image, output: precision.output(last) };
}

/** A node with the ReLU that its operator does too, if there is one: what is rounded once where values are rounded. */
export interface Layer {
  readonly node: NetworkNode;
  readonly activation: ActivationNode | null;
  /** The node whose values are written. */
  readonly name: string;
}

/** In the order of the nodes. */
export function layersOf(network: Network): Layer[] {
  const fused = network.nodes.map((_, index) => fusedActivation(network, index, FUSABLE));
  return network.nodes.flatMap((node, index) => {
    if (index > 0 && fused[index - 1] !== null) return [];
    const activation = fused[index] ?? null;
    return [{ node, activation, name: activation?.name ?? node.name }];
  });
}

/** Names of the nodes whose values are written: all but those that a ReLU is fused with. */
export function valueNodes(network: Network): string[] {
  return layersOf(network).map(({ name }) => name);
}

function writeNode(node: Exclude<NetworkNode, { op: 'input' }>, place: Place): number {
  const { graph, precision, inputs, outputShape, name, fused } = place;
  const [input = 0, second = 0] = inputs;
  const value = () => precision.value(name, outputShape, { node: name });
  switch (node.op) {
    case 'conv2d': {
      const weights = precision.weights({ ...layerOf(node, input), kernel: toOhwi(node.kernel), channelAxis: 0 });
      return graph.operate('CONV_2D', [input, ...weights], value(), options.conv2dOptions(node.stride, fused));
    }
    case 'depthwiseConv2d': {
      const [rows = 0, columns = 0, channels = 0] = node.kernel.shape;
      const kernel = { shape: [1, rows, columns, channels], values: node.kernel.values };
      const weights = precision.weights({ ...layerOf(node, input), kernel, channelAxis: 3 });
      const settings = options.depthwiseOptions(node.stride, fused);
      return graph.operate('DEPTHWISE_CONV_2D', [input, ...weights], value(), settings);
    }
    case 'dense': {
      // One scale for all: runtimes before 2024 know no other for this operator.
      const weights = precision.weights({
        ...layerOf(node, input),
        kernel: transposed(node.kernel),
        channelAxis: null,
      });
      return graph.operate('FULLY_CONNECTED', [input, ...weights], value(), options.denseOptions(fused));
    }
    case 'add':
      return graph.operate('ADD', [input, second], value(), options.addOptions(fused));
    case 'offset': {
      const { shape, values } = node.offset;
      const offset = precision.constant(`${node.name}/offset`, { shape: [1, ...shape], values });
      return graph.operate('ADD', [input, offset], value(), options.addOptions(fused));
    }
    case 'activation':
      return writeActivation(node, place);
    case 'prelu':
      return graph.operate(
        'PRELU',
        [input, precision.constant(`${node.name}/slope`, slopeOf(node.slope, place))],
        value(),
      );
    case 'maximum': {
      const output = value();
      const alike = inputs.map((tensor) => precision.alike(tensor, output));
      return graph.operate('MAXIMUM', alike, output, options.maximumOptions);
    }
    case 'maxPool': {
      const output = precision.value(name, outputShape, { like: input });
      return graph.operate('MAX_POOL_2D', [input], output, options.poolOptions(node.size));
    }
    case 'fractionalMaxPool':
      return writeFractionalMaxPool(node, place);
    case 'globalAveragePool': {
      const axes = graph.indices(`${node.name}/axes`, [1, 2]);
      return graph.operate('MEAN', [input, axes], value(), options.meanOptions);
    }
    case 'softmax': {
      const output = precision.value(name, outputShape, SIGMOID_VALUES);
      return graph.operate('SOFTMAX', [input], output, options.softmaxOptions);
    }
    case 'batchNorm':
    case 'dropout':
    case 'stochasticDepth':
      throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) belongs to training: settle the network first`);
  }
}

function writeActivation({ activation }: ActivationNode, place: Place): number {
  const { graph, precision, inputs, outputShape, name } = place;
  const value = () => precision.value(name, outputShape, { node: name });
  switch (activation) {
    case 'relu':
      return graph.operate('RELU', inputs, value());
    case 'relu6':
      return graph.operate('RELU6', inputs, value());
    case 'leakyRelu':
      return graph.operate('LEAKY_RELU', inputs, value(), options.leakyReluOptions(LEAKY_SLOPE));
    case 'elu':
      if (ELU_ALPHA !== 1) throw new Error('ELU of TFLite has an α of 1');
      return graph.operate('ELU', inputs, value());
    case 'selu':
      return writeSelu(place);
    case 'sigmoid':
      return graph.operate('LOGISTIC', inputs, precision.value(name, outputShape, SIGMOID_VALUES));
    case 'tanh':
      return graph.operate('TANH', inputs, precision.value(name, outputShape, TANH_VALUES));
  }
}

/** TFLite has no SELU. ELU keeps the sign, so what is left is a factor for each sign: λα below zero, λ above. */
function writeSelu({ graph, precision, inputs, outputShape, name }: Place): number {
  const eluRange = { node: name, below: 1 / (SELU_SCALE * SELU_ALPHA), above: 1 / SELU_SCALE };
  const bentRange = { node: name, below: 1 / SELU_SCALE, above: 1 / SELU_SCALE };
  const elu = graph.operate('ELU', inputs, precision.value(`${name}/elu`, outputShape, eluRange));
  const bent = precision.value(`${name}/bent`, outputShape, bentRange);
  graph.operate('LEAKY_RELU', [elu], bent, options.leakyReluOptions(SELU_ALPHA));
  const scale = precision.constant(`${name}/scale`, { shape: [1], values: Float32Array.of(SELU_SCALE) });
  const output = precision.value(name, outputShape, { node: name });
  return graph.operate('MUL', [bent, scale], output, options.mulOptions);
}

/** The first and the last row of each region, then of each column, and the larger of the two: see `regionStarts`. */
function writeFractionalMaxPool({ ratio, phase }: FractionalMaxPoolNode, place: Place): number {
  const { graph, precision, inputs, inputShape, outputShape, name } = place;
  const [height = 0, width = 0, channels = 0] = inputShape;
  let [last = 0] = inputs;
  for (const [axis, size, output, shape] of [
    [1, height, `${name}/rows`, [pooledSize(height, ratio), width, channels]],
    [2, width, name, outputShape],
  ] as const) {
    const starts = regionStarts(size, pooledSize(size, ratio), phase);
    const pick = (which: string, places: readonly number[]): number => {
      const indices = graph.indices(`${output}/${which}/places`, places);
      const picked = precision.value(`${output}/${which}`, shape, { like: last });
      return graph.operate('GATHER', [last, indices], picked, options.gatherOptions(axis));
    };
    const firsts = pick('first', starts.slice(0, -1));
    const lasts = pick('last', starts.slice(1).map((next) => next - 1)); // prettier-ignore
    const pooled = precision.value(output, shape, { like: last });
    last = graph.operate('MAXIMUM', [firsts, lasts], pooled, options.maximumOptions);
  }
  return last;
}

function layerOf(
  node: Extract<NetworkNode, { readonly kernel: Parameter }>,
  input: number,
): Omit<LayerWeights, 'kernel' | 'channelAxis'> {
  return { name: node.name, bias: node.bias, input, inputNode: node.inputs[0] ?? '' };
}

/** One value a channel, of as many axes as the picture that it belongs to, without the batch. */
function slopeOf({ shape, values }: Parameter, { inputShape }: Place): Parameter {
  return { shape: [...inputShape.slice(0, -1).map(() => 1), ...shape], values };
}

/** [height, width, in, out] → [out, height, width, in]. */
function toOhwi({ shape, values }: Parameter): Parameter {
  const [rows = 0, columns = 0, ins = 0, outs = 0] = shape;
  const turned = transposed({ shape: [rows * columns * ins, outs], values });
  return { shape: [outs, rows, columns, ins], values: turned.values };
}

/** [in, out] → [out, in]. */
function transposed({ shape: [ins = 0, outs = 0], values }: Parameter): Parameter {
  const turned = new Float32Array(values.length);
  for (let i = 0, source = 0; i < ins; i++) for (let o = 0; o < outs; o++) turned[o * ins + i] = values[source++] ?? 0;
  return { shape: [outs, ins], values: turned };
}
