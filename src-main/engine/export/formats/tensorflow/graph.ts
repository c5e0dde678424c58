/** A network as a TensorFlow graph with its weights as constants: what TF.js graph models and SavedModels both hold. */
import { LEAKY_SLOPE } from '../../../network/activations.ts';
import { pooledSize, regionStarts } from '../../../network/fractional-pool.ts';
import type {
  Activation,
  Conv2dNode,
  DepthwiseConv2dNode,
  FractionalMaxPoolNode,
  InputNode,
  Network,
  NetworkNode,
  Parameter,
  PReluNode,
} from '../../../network/network.ts';
import { InvalidNetworkError, inferShapes, type Shape } from '../../../network/shapes.ts';
import { layerNames } from '../layer-names.ts';
import { writeSquare } from './square.ts';
import { FLOAT, INT, openWriter, type GraphAttribute, type GraphNode, type Writer } from './writer.ts';

/** -1: of any length. */
interface GraphPort {
  readonly name: string;
  readonly type: 'DT_FLOAT' | 'DT_UINT8';
  readonly shape: readonly number[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Placeholder [batch, height, width, 3], RGB 0–255. */
  readonly input: GraphPort;
  /** Softmax, float32 [batch, classes]. */
  readonly output: GraphPort;
}

/**
 * Writes a network in TensorFlow's ops, all of which TF.js has too; every node of a settled network can be held exactly.
 * Pixels 0–255 go in: normalisation is in the graph. With `isAnySize` it takes whole pictures, uint8, and scales and cuts them
 * itself. Names are the nodes' own where TensorFlow accepts them.
 *
 * @throws InvalidNetworkError if the network cannot run, or still holds what belongs to training.
 */
export function toGraph(network: Network, { isAnySize = false } = {}): Graph {
  const shapes = inferShapes(network);
  const names = layerNames(network);
  const writer = openWriter();
  for (const node of network.nodes) {
    const name = names.of(node.name);
    if (node.op === 'input') writeInput(writer, node, { pixels: names.pixels, output: name, isAnySize });
    else writeNode(writer, node, name, node.inputs.map(names.of), shapes.get(node.inputs[0] ?? '') ?? []);
  }
  const last = network.nodes.at(-1)?.name ?? '';
  const [inputShape = []] = shapes.values();
  return {
    nodes: writer.nodes,
    input: {
      name: names.pixels,
      type: isAnySize ? 'DT_UINT8' : 'DT_FLOAT',
      shape: isAnySize ? [-1, -1, -1, 3] : [-1, ...inputShape],
    },
    output: { name: names.of(last), type: 'DT_FLOAT', shape: [-1, ...(shapes.get(last) ?? [])] },
  };
}

interface InputNames {
  readonly pixels: string;
  readonly output: string;
  readonly isAnySize: boolean;
}

function writeInput(
  writer: Writer,
  { shape, mean, scale }: InputNode,
  { pixels, output, isAnySize }: InputNames,
): void {
  const { add, constant } = writer;
  if (isAnySize) add(pixels, 'Placeholder', [], { dtype: { type: 'DT_UINT8' }, shape: { shape: [-1, -1, -1, 3] } });
  else add(pixels, 'Placeholder', [], { dtype: FLOAT, shape: { shape: [-1, ...shape] } });
  const square = isAnySize ? writeSquare(writer, pixels, shape[0]) : pixels;
  const scalar = (name: string, value: number) =>
    constant(`${output}/${name}`, { shape: [], values: Float32Array.of(value) });
  const centred = add(`${output}/centred`, 'Sub', [square, scalar('mean', mean)]);
  add(output, 'Mul', [centred, scalar('scale', scale)]);
}

function writeNode(
  writer: Writer,
  node: NetworkNode,
  name: string,
  inputs: readonly string[],
  inputShape: Shape,
): void {
  const { add, constant } = writer;
  const [input = ''] = inputs;
  switch (node.op) {
    case 'conv2d':
    case 'depthwiseConv2d':
      return writeConvolution(writer, node, name, input);
    case 'activation':
      return writeActivation(writer, node.activation, name, input);
    case 'prelu':
      return writePRelu(writer, node, name, input);
    case 'maximum':
      return void add(name, 'Maximum', inputs);
    case 'add':
      return void add(name, 'AddV2', inputs);
    case 'offset':
      return void add(name, 'AddV2', [input, constant(`${name}/offset`, node.offset)]);
    case 'maxPool': {
      const sides = { ints: [1, node.size, node.size, 1] };
      const attributes = { T: FLOAT, ksize: sides, strides: sides, padding: { text: 'VALID' }, data_format: NHWC };
      return void add(name, 'MaxPool', [input], { ...attributes, explicit_paddings: { ints: [] } });
    }
    case 'fractionalMaxPool':
      return writeFractionalMaxPool(writer, node, name, input, inputShape);
    case 'globalAveragePool': {
      const axes = constant(`${name}/axes`, { shape: [2], values: Int32Array.of(1, 2) });
      return void add(name, 'Mean', [input, axes], { T: FLOAT, Tidx: INT, keep_dims: { bool: false } });
    }
    case 'dense': {
      const attributes = { T: FLOAT, transpose_a: { bool: false }, transpose_b: { bool: false } };
      const product = add(`${name}/product`, 'MatMul', [input, constant(`${name}/kernel`, node.kernel)], attributes);
      return addBias(writer, name, product, node.bias);
    }
    case 'softmax':
      return void add(name, 'Softmax', [input]);
    case 'input':
      throw new InvalidNetworkError(`Node "${node.name}" is a second input`);
    case 'batchNorm':
    case 'dropout':
    case 'stochasticDepth':
      throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) belongs to training: settle the network first`);
  }
}

const NHWC: GraphAttribute = { text: 'NHWC' };

function addBias({ add, constant }: Writer, name: string, input: string, bias: Parameter): void {
  add(name, 'BiasAdd', [input, constant(`${name}/bias`, bias)], { T: FLOAT, data_format: NHWC });
}

function writeConvolution(writer: Writer, node: Conv2dNode | DepthwiseConv2dNode, name: string, input: string): void {
  const isDepthwise = node.op === 'depthwiseConv2d';
  const product = writer.add(
    `${name}/product`,
    isDepthwise ? 'DepthwiseConv2dNative' : 'Conv2D',
    [input, writer.constant(`${name}/kernel`, node.kernel)],
    {
      T: FLOAT,
      strides: { ints: [1, node.stride, node.stride, 1] },
      padding: { text: 'SAME' },
      data_format: NHWC,
      dilations: { ints: [1, 1, 1, 1] },
      explicit_paddings: { ints: [] },
      ...(isDepthwise ? {} : { use_cudnn_on_gpu: { bool: true } }),
    },
  );
  addBias(writer, name, product, node.bias);
}

/** TensorFlow's own ELU has α = 1, as ours; its SELU the same constants. */
const ACTIVATION_OPS: { readonly [Name in Exclude<Activation, 'leakyRelu'>]: string } = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  selu: 'Selu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
};

/**
 * Leaky ReLU as max(x, slope · x). TensorFlow has an op for it, but 2.21 fuses that with the convolution before it into an oneDNN
 * kernel that answers wrongly (off by 0.1 of a probability; right again with TF_ENABLE_ONEDNN_OPTS=0).
 */
function writeActivation({ add, constant }: Writer, activation: Activation, name: string, input: string): void {
  if (activation !== 'leakyRelu') return void add(name, ACTIVATION_OPS[activation], [input]);
  const slope = constant(`${name}/slope`, { shape: [], values: Float32Array.of(LEAKY_SLOPE) });
  add(name, 'Maximum', [input, add(`${name}/scaled`, 'Mul', [input, slope])]);
}

/** max(x, 0) + slope · min(x, 0): TensorFlow has no op for it, and stumbles when it fuses a ReLU whose input is read twice. */
function writePRelu({ add, constant }: Writer, { slope }: PReluNode, name: string, input: string): void {
  const zero = constant(`${name}/zero`, { shape: [], values: Float32Array.of(0) });
  const negative = add(`${name}/negative`, 'Minimum', [input, zero]);
  const scaled = add(`${name}/scaled`, 'Mul', [negative, constant(`${name}/slope`, slope)]);
  add(name, 'AddV2', [add(`${name}/positive`, 'Maximum', [input, zero]), scaled]);
}

/** TensorFlow draws its regions anew in each run: ours are gathered, first and last row of each, then columns. */
function writeFractionalMaxPool(
  { add, constant }: Writer,
  { ratio, phase }: FractionalMaxPoolNode,
  name: string,
  input: string,
  [height = 0, width = 0]: Shape,
): void {
  let last = input;
  for (const [axis, size, output] of [
    [1, height, `${name}/rows`],
    [2, width, name],
  ] as const) {
    const starts = regionStarts(size, pooledSize(size, ratio), phase);
    const axisName = constant(`${output}/axis`, { shape: [], values: Int32Array.of(axis) });
    const pick = (which: string, places: readonly number[]) => {
      const indices = constant(`${output}/${which}/places`, {
        shape: [places.length],
        values: Int32Array.from(places),
      });
      const types = { Tparams: FLOAT, Tindices: INT, Taxis: INT };
      return add(`${output}/${which}`, 'GatherV2', [last, indices, axisName], { ...types, batch_dims: { int: 0 } });
    };
    const firsts = pick('first', starts.slice(0, -1));
    const lasts = pick('last', starts.slice(1).map((next) => next - 1)); // prettier-ignore
    last = add(output, 'Maximum', [firsts, lasts]);
  }
}
