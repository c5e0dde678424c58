/** How each kind of node is written in ONNX. */
import { ELU_ALPHA, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE } from './activations.ts';
import { pooledSize, regionStarts } from './fractional-pool.ts';
import type {
  ActivationNode,
  Conv2dNode,
  DepthwiseConv2dNode,
  FractionalMaxPoolNode,
  InputNode,
  NetworkNode,
  Parameter,
} from './network.ts';
import { writeSquare } from './onnx-any-size.ts';
import { float, int, ints, ELEMENT, type OnnxAttribute } from './onnx-schema.ts';
import { toOihw, toPlanes } from './planes.ts';
import { InvalidNetworkError, samePadding, type Shape } from './shapes.ts';

/** What the model takes: see `OnnxOptions.pixels`. */
export type PixelLayout = 'uint8-nhwc' | 'float32-nchw' | 'float32-nhwc' | 'uint8-any-size';

/** Name of the model's input. */
export const ONNX_INPUT = 'image';

/** Takes the parts of a graph; each call answers with the name that later nodes read. */
export interface GraphWriter {
  constant(name: string, shape: Shape, values: Float32Array): string;
  /** A constant of whole numbers, [n]. */
  indices(name: string, values: readonly number[]): string;
  node(opType: string, inputs: string[], output: string, attributes?: OnnxAttribute[]): string;
}

/** @param inputShape  of the node's first input, [height, width, channels] or [features]. */
export function writeNode(graph: GraphWriter, node: NetworkNode, inputShape: Shape, pixels: PixelLayout): void {
  const { name, inputs } = node;
  const [input = ''] = inputs;
  switch (node.op) {
    case 'input':
      return writeInput(graph, node, pixels);
    case 'conv2d':
    case 'depthwiseConv2d':
      return writeConvolution(graph, node, inputShape);
    case 'activation':
      return writeActivation(graph, node);
    case 'prelu':
      return void graph.node('PRelu', [input, byChannel(graph, `${name}/slope`, node.slope, inputShape)], name);
    case 'maximum':
      return void graph.node('Max', [...inputs], name);
    case 'add':
      return void graph.node('Add', [...inputs], name);
    case 'offset': {
      const { shape, values } = toPlanes(node.offset);
      return void graph.node('Add', [input, graph.constant(`${name}/offset`, shape, values)], name);
    }
    case 'maxPool': {
      const sides = [node.size, node.size];
      return void graph.node('MaxPool', [input], name, [ints('kernel_shape', sides), ints('strides', sides)]);
    }
    case 'fractionalMaxPool':
      return writeFractionalMaxPool(graph, node, inputShape);
    case 'batchNorm':
    case 'dropout':
    case 'stochasticDepth':
      throw new InvalidNetworkError(`Node "${name}" (${node.op}) belongs to training: settle the network first`);
    case 'globalAveragePool': {
      const pooled = graph.node('GlobalAveragePool', [input], `${name}/pooled`);
      return void graph.node('Flatten', [pooled], name, [int('axis', 1)]);
    }
    case 'dense': {
      const kernel = graph.constant(`${name}/kernel`, node.kernel.shape, node.kernel.values);
      const bias = graph.constant(`${name}/bias`, node.bias.shape, node.bias.values);
      return void graph.node('Gemm', [input, kernel, bias], name);
    }
    case 'softmax':
      return void graph.node('Softmax', [input], name, [int('axis', 1)]);
  }
}

function writeActivation(graph: GraphWriter, { name, inputs, activation }: ActivationNode): void {
  const [input = ''] = inputs;
  switch (activation) {
    case 'relu':
      return void graph.node('Relu', [input], name);
    case 'relu6': {
      const low = graph.constant('relu6/low', [], Float32Array.of(0));
      const high = graph.constant('relu6/high', [], Float32Array.of(6));
      return void graph.node('Clip', [input, low, high], name);
    }
    case 'leakyRelu':
      return void graph.node('LeakyRelu', [input], name, [float('alpha', LEAKY_SLOPE)]);
    case 'elu':
      return void graph.node('Elu', [input], name, [float('alpha', ELU_ALPHA)]);
    case 'selu':
      return void graph.node('Selu', [input], name, [float('alpha', SELU_ALPHA), float('gamma', SELU_SCALE)]);
    case 'sigmoid':
      return void graph.node('Sigmoid', [input], name);
    case 'tanh':
      return void graph.node('Tanh', [input], name);
  }
}

/** ONNX has no such operator: the first and the last row of each region, then of each column, and the larger of the two. */
function writeFractionalMaxPool(
  graph: GraphWriter,
  { name, inputs, ratio, phase }: FractionalMaxPoolNode,
  [height = 0, width = 0]: Shape,
): void {
  let last = inputs[0] ?? '';
  for (const [axis, size, output] of [
    [2, height, `${name}/rows`],
    [3, width, name],
  ] as const) {
    const starts = regionStarts(size, pooledSize(size, ratio), phase);
    const pick = (which: string, places: readonly number[]) =>
      graph.node('Gather', [last, graph.indices(`${output}/${which}/places`, places)], `${output}/${which}`, [
        int('axis', axis),
      ]);
    const firsts = pick('first', starts.slice(0, -1));
    const lasts = pick('last', starts.slice(1).map((next) => next - 1)); // prettier-ignore
    last = graph.node('Max', [firsts, lasts], output);
  }
}

/** One value a channel, so shaped that it spreads over rows and columns. */
function byChannel(graph: GraphWriter, name: string, { shape, values }: Parameter, inputShape: Shape): string {
  return graph.constant(name, inputShape.length === 3 ? [...shape, 1, 1] : shape, values);
}

function writeInput(graph: GraphWriter, { name, mean, scale, shape }: InputNode, pixels: PixelLayout): void {
  const planes = writePlanes(graph, name, shape[0], pixels);
  const meanName = graph.constant(`${name}/mean`, [], Float32Array.of(mean));
  const scaleName = graph.constant(`${name}/scale`, [], Float32Array.of(scale));
  graph.node('Mul', [graph.node('Sub', [planes, meanName], `${name}/centred`), scaleName], name);
}

/** The input as float32 [batch, 3, size, size]. */
function writePlanes(graph: GraphWriter, name: string, size: number, pixels: PixelLayout): string {
  if (pixels === 'float32-nchw') return ONNX_INPUT;
  if (pixels === 'uint8-any-size') return writeSquare(graph, ONNX_INPUT, size);
  const transposed = graph.node('Transpose', [ONNX_INPUT], `${name}/planes`, [ints('perm', [0, 3, 1, 2])]);
  if (pixels === 'float32-nhwc') return transposed;
  // Transposed while a pixel is still one byte, so that a quarter of the memory moves.
  return graph.node('Cast', [transposed], `${name}/float`, [int('to', ELEMENT.float32)]);
}

function writeConvolution(graph: GraphWriter, node: Conv2dNode | DepthwiseConv2dNode, inputShape: Shape): void {
  const [height = 0, width = 0, channels = 0] = inputShape;
  const [rows = 0, columns = 0] = node.kernel.shape;
  const [top, bottom] = samePadding(height, rows, node.stride);
  const [left, right] = samePadding(width, columns, node.stride);
  const kernel = toOihw(node.kernel, node.op === 'depthwiseConv2d');
  graph.node(
    'Conv',
    [
      node.inputs[0] ?? '',
      graph.constant(`${node.name}/kernel`, kernel.shape, kernel.values),
      graph.constant(`${node.name}/bias`, node.bias.shape, node.bias.values),
    ],
    node.name,
    [
      ints('kernel_shape', [rows, columns]),
      ints('strides', [node.stride, node.stride]),
      ints('pads', [top, left, bottom, right]),
      int('group', node.op === 'depthwiseConv2d' ? channels : 1),
    ],
  );
}
