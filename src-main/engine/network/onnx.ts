import { bytesOf } from './little-endian.ts';
import type { Conv2dNode, DepthwiseConv2dNode, InputNode, Network, NetworkNode, Parameter } from './network.ts';
import { ATTRIBUTE, ELEMENT, encodeOnnx, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './onnx-schema.ts';
import { InvalidNetworkError, inferShapes, samePadding, type Shape } from './shapes.ts';

export interface OnnxOptions {
  /**
   * What the model takes, always RGB 0–255: `uint8-nhwc` is what a decoder gives (Fovea's own trunks), `float32-nchw`
   * what ONNX tools expect of a picture model (exports). Normalisation is inside the graph either way.
   */
  readonly pixels: 'uint8-nhwc' | 'float32-nchw';
  /**
   * What the model gives; absent: `float32-nchw`. The `nhwc` ones are what the tails of fine-tuning read. An output
   * without height and width is the same in either order.
   */
  readonly output?: 'float32-nchw' | 'float32-nhwc' | 'float16-nhwc';
  /** Written as `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Name of the model's input. Its output is named after the network's last node, or after what is done to that. */
const ONNX_INPUT = 'image';

/**
 * Writes a network as an ONNX model (opset 17, IR 8) with a dynamic batch.
 *
 * SAME padding is written out as explicit pads, more at the end where it is uneven: symmetric pads pass every shape
 * check and give other numbers.
 *
 * @throws InvalidNetworkError if the network cannot run.
 */
export function toOnnx(network: Network, options: OnnxOptions): Uint8Array {
  const { pixels, output = 'float32-nchw', metadata = {} } = options;
  const shapes = inferShapes(network);
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const graph: GraphWriter = {
    constant(name, shape, values) {
      initializers.set(name, { name, data_type: ELEMENT.float32, dims: shape, raw_data: bytesOf(values) });
      return name;
    },
    node(op_type, input, output, attribute = []) {
      nodes.push({ op_type, name: `${output}/${op_type}`, input, output: [output], attribute });
      return output;
    },
  };
  for (const node of network.nodes) {
    if (node.name === ONNX_INPUT)
      throw new InvalidNetworkError(`No node may be named "${ONNX_INPUT}": that is the ONNX input`);
    writeNode(graph, node, shapes.get(node.inputs[0] ?? '') ?? [], pixels);
  }
  const [inputName = '', [height = 0, width = 0, channels = 0] = []] = [...shapes][0] ?? [];
  const [lastName = '', lastShape = []] = [...shapes].at(-1) ?? [];
  if (inputName === lastName) throw new InvalidNetworkError('A network of its input alone has nothing to write');
  const written = writeOutput(graph, lastName, lastShape, output);
  return encodeOnnx({
    ir_version: 8,
    producer_name: 'fovea',
    model_version: 1,
    opset_import: [{ domain: '', version: 17 }],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'network',
      node: nodes,
      initializer: [...initializers.values()],
      input: [
        pixels === 'uint8-nhwc'
          ? valueInfo(ONNX_INPUT, ELEMENT.uint8, [height, width, channels])
          : valueInfo(ONNX_INPUT, ELEMENT.float32, [channels, height, width], 'IMAGE'),
      ],
      output: [valueInfo(written.name, written.elementType, written.shape)],
    },
  });
}

interface GraphWriter {
  constant(name: string, shape: Shape, values: Float32Array): string;
  node(opType: string, inputs: string[], output: string, attributes?: OnnxAttribute[]): string;
}

function writeNode(graph: GraphWriter, node: NetworkNode, inputShape: Shape, pixels: OnnxOptions['pixels']): void {
  const { name, inputs } = node;
  const [input = ''] = inputs;
  switch (node.op) {
    case 'input':
      return writeInput(graph, node, pixels);
    case 'conv2d':
    case 'depthwiseConv2d':
      return writeConvolution(graph, node, inputShape);
    case 'activation': {
      if (node.activation === 'relu') return void graph.node('Relu', [input], name);
      const low = graph.constant('relu6/low', [], Float32Array.of(0));
      const high = graph.constant('relu6/high', [], Float32Array.of(6));
      return void graph.node('Clip', [input, low, high], name);
    }
    case 'add':
      return void graph.node('Add', [...inputs], name);
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

function writeInput(graph: GraphWriter, { name, mean, scale }: InputNode, pixels: OnnxOptions['pixels']): void {
  let planes = ONNX_INPUT;
  if (pixels === 'uint8-nhwc') {
    // Transposed while a pixel is still one byte, so that a quarter of the memory moves.
    const transposed = graph.node('Transpose', [planes], `${name}/planes`, [ints('perm', [0, 3, 1, 2])]);
    planes = graph.node('Cast', [transposed], `${name}/float`, [int('to', ELEMENT.float32)]);
  }
  const meanName = graph.constant(`${name}/mean`, [], Float32Array.of(mean));
  const scaleName = graph.constant(`${name}/scale`, [], Float32Array.of(scale));
  graph.node('Mul', [graph.node('Sub', [planes, meanName], `${name}/centred`), scaleName], name);
}

/** Turns and narrows what the last node gives. Transposed first: ONNX Runtime folds that into the last convolution's own reordering. */
function writeOutput(
  graph: GraphWriter,
  lastName: string,
  lastShape: Shape,
  output: OnnxOptions['output'],
): { name: string; elementType: number; shape: Shape } {
  const isSpatial = lastShape.length === 3;
  if (output === 'float32-nchw')
    return { name: lastName, elementType: ELEMENT.float32, shape: isSpatial ? toChw(lastShape) : lastShape };
  let name = lastName;
  if (isSpatial) name = graph.node('Transpose', [name], `${lastName}/nhwc`, [ints('perm', [0, 2, 3, 1])]);
  if (output === 'float32-nhwc') return { name, elementType: ELEMENT.float32, shape: lastShape };
  name = graph.node('Cast', [name], `${lastName}/half`, [int('to', ELEMENT.float16)]);
  return { name, elementType: ELEMENT.float16, shape: lastShape };
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

/** [h, w, in, out] → [out, in, h, w]; depthwise [h, w, channels, 1] → [channels, 1, h, w]. */
function toOihw(kernel: Parameter, isDepthwise: boolean): Parameter {
  const [rows = 0, columns = 0, third = 0, fourth = 0] = kernel.shape;
  const [ins, outs] = isDepthwise ? [1, third] : [third, fourth];
  const taps = rows * columns;
  const values = new Float32Array(kernel.values.length);
  for (let tap = 0, source = 0; tap < taps; tap++)
    for (let i = 0; i < ins; i++)
      for (let o = 0; o < outs; o++) values[(o * ins + i) * taps + tap] = kernel.values[source++] ?? 0;
  return { shape: [outs, ins, rows, columns], values };
}

function toChw([height = 0, width = 0, channels = 0]: Shape): Shape {
  return [channels, height, width];
}

function valueInfo(name: string, elementType: number, shape: Shape, denotation?: string) {
  const dim = [{ dim_param: 'batch' }, ...shape.map((size) => ({ dim_value: size }))];
  const type = { tensor_type: { elem_type: elementType, shape: { dim } } };
  return { name, type: denotation === undefined ? type : { ...type, denotation } };
}

function int(name: string, i: number): OnnxAttribute {
  return { name, i, type: ATTRIBUTE.int };
}

function ints(name: string, values: readonly number[]): OnnxAttribute {
  return { name, ints: values, type: ATTRIBUTE.ints };
}
