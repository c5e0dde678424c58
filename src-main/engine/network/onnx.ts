import { bytesOf } from './little-endian.ts';
import type { Network } from './network.ts';
import { ONNX_INPUT, writeNode, type GraphWriter, type PixelLayout } from './onnx-nodes.ts';
import { ELEMENT, encodeOnnx, int, ints, type OnnxNode, type OnnxTensor } from './onnx-schema.ts';
import { writeStatistics } from './onnx-statistics.ts';
import { toChw } from './planes.ts';
import { InvalidNetworkError, inferShapes, type Shape } from './shapes.ts';

export interface OnnxOptions {
  /**
   * What the model takes, always RGB 0–255: `uint8-nhwc` is what a decoder gives (Fovea's own trunks), `float32-nchw`
   * what ONNX tools expect of a picture model (exports), `float32-nhwc` what TensorFlow's users have; `uint8-any-size` takes upright
   * pictures [batch, height, width, 3] and scales and cuts them itself. Normalisation is inside the graph each time.
   */
  readonly pixels: PixelLayout;
  /**
   * What the model gives; absent: `float32-nchw`. The `nhwc` ones are what the tails of fine-tuning read. An output
   * without height and width is the same in either order.
   */
  readonly output?: 'float32-nchw' | 'float32-nhwc' | 'float16-nhwc';
  /** Nodes whose statistics it gives in place of that: see `layStatistics`. */
  readonly statisticsOf?: readonly string[];
  /** Written as `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What the files are written in: the newest that all runtimes of the last years read. */
export const ONNX_VERSIONS = { opset: 17, irVersion: 8 } as const;

/**
 * Writes a network as an ONNX model (opset 17, IR 8) with a dynamic batch. Its output is named after the network's last
 * node, or after what is done to that.
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
    indices(name, values) {
      const raw_data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer); // little-endian, as every machine is that Node runs on
      initializers.set(name, { name, data_type: ELEMENT.int64, dims: [values.length], raw_data });
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
  const written = options.statisticsOf
    ? { elementType: ELEMENT.float32, ...writeStatistics(graph, options.statisticsOf, shapes) }
    : writeOutput(graph, lastName, lastShape, output);
  return encodeOnnx({
    ir_version: ONNX_VERSIONS.irVersion,
    producer_name: 'fovea',
    model_version: 1,
    opset_import: [{ domain: '', version: ONNX_VERSIONS.opset }],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'network',
      node: nodes,
      initializer: [...initializers.values()],
      input: [inputInfo(pixels, [height, width, channels])],
      output: [valueInfo(written.name, written.elementType, written.shape)],
    },
  });
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

function inputInfo(pixels: PixelLayout, shape: Shape) {
  switch (pixels) {
    case 'uint8-nhwc':
      return valueInfo(ONNX_INPUT, ELEMENT.uint8, shape);
    case 'float32-nhwc':
      return valueInfo(ONNX_INPUT, ELEMENT.float32, shape);
    case 'float32-nchw':
      return valueInfo(ONNX_INPUT, ELEMENT.float32, toChw(shape), 'IMAGE');
    case 'uint8-any-size':
      return valueInfo(ONNX_INPUT, ELEMENT.uint8, ['height', 'width', 3]);
  }
}

/** @param shape  without the batch; what is named may be of any length. */
function valueInfo(name: string, elementType: number, shape: readonly (number | string)[], denotation?: string) {
  const sizeOf = (size: number | string) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size });
  const dim = ['batch', ...shape].map(sizeOf);
  const type = { tensor_type: { elem_type: elementType, shape: { dim } } };
  return { name, type: denotation === undefined ? type : { ...type, denotation } };
}
