/**
 * The part of the TFLite file format that classifiers need. Numbers and slots are those of tensorflow/lite/schema/schema.fbs,
 * version 3; versions of operators those of tensorflow/lite/tools/versioning/op_version.cc.
 */
import { Builder } from 'flatbuffers';
import { alignedBytes, float32s, int32s, int64s, offsets, table, type Offset } from './flatbuffer.ts';

const ELEMENT = { float32: 0, float16: 1, int32: 2, uint8: 3, int8: 9 } as const;
type Element = keyof typeof ELEMENT;

const OPERATOR = {
  ADD: 0,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEQUANTIZE: 6,
  FULLY_CONNECTED: 9,
  LOGISTIC: 14,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RELU6: 21,
  SOFTMAX: 25,
  TANH: 28,
  GATHER: 36,
  MEAN: 40,
  SUB: 41,
  PRELU: 54,
  MAXIMUM: 55,
  LEAKY_RELU: 98,
  ELU: 111,
  QUANTIZE: 114,
} as const;
export type OperatorName = keyof typeof OPERATOR;

/** Values of the enumerations `ActivationFunctionType` and `Padding`. */
export const FUSED = { none: 0, relu: 1, relu6: 3 } as const;
export const PADDING = { same: 0, valid: 1 } as const;

/** The least version of an operator that takes a tensor of this type; where none is named, 1. */
const VERSIONS: { readonly [Type in Element]?: { readonly [Name in OperatorName]?: number } } = {
  int8: {
    ADD: 2,
    CONV_2D: 3,
    DEPTHWISE_CONV_2D: 3,
    DEQUANTIZE: 2,
    FULLY_CONNECTED: 4,
    LOGISTIC: 2,
    MAX_POOL_2D: 2,
    MUL: 2,
    RELU: 2,
    RELU6: 2,
    SOFTMAX: 2,
    TANH: 2,
    GATHER: 2,
    MEAN: 2,
    MAXIMUM: 2,
    LEAKY_RELU: 2,
    QUANTIZE: 2,
  },
  uint8: { QUANTIZE: 2 },
  float16: { DEQUANTIZE: 3 },
};

/** The oldest runtime that has all of these versions. */
const MIN_RUNTIME_VERSION = '2.3.0';

/** real = (stored − zeroPoint) · scale; one of each, or one a channel along `axis`. */
export interface Quantisation {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis?: number;
}

export interface Tensor {
  readonly name: string;
  /** With the batch, 1, where `hasBatch`. */
  readonly shape: readonly number[];
  readonly element: Element;
  /** Of a constant: its values, little-endian. */
  readonly data?: Uint8Array;
  readonly quantisation?: Quantisation;
  /** Whether the first axis is the batch, of any size. */
  readonly hasBatch?: boolean;
}

/** Which table holds an operator's settings (its number in the union `BuiltinOptions`), and what is in it. */
export interface Options {
  readonly type: number;
  readonly slotCount: number;
  readonly fields: Parameters<typeof table>[2];
}

export interface Operator {
  readonly name: OperatorName;
  /** Numbers of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Options;
}

export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly operators: readonly Operator[];
  readonly input: number;
  readonly output: number;
}

/** Names under which a program finds input and output: the signature's. */
export const SIGNATURE = { input: 'image', output: 'probabilities' } as const;

/**
 * Writes a graph as a .tflite file.
 *
 * @param metadata  bytes of a `TFLITE_METADATA` buffer.
 */
export function encodeTflite({ tensors, operators, input, output }: Graph, metadata: Uint8Array): Uint8Array {
  const builder = new Builder(tensors.reduce((sum, { data }) => sum + (data?.length ?? 0), 2 ** 16));
  const buffers: Uint8Array[] = [new Uint8Array(0)]; // number 0 is that of tensors without values
  const bufferOf = (data: Uint8Array | undefined) => (data === undefined ? 0 : buffers.push(data) - 1);
  const codes = new Map<string, { readonly number: number; readonly version: number }>();
  const codeOf = ({ name, inputs }: Operator): number => {
    const version = VERSIONS[tensors[inputs[0] ?? 0]?.element ?? 'float32']?.[name] ?? 1;
    codes.set(`${name} ${version}`, { number: OPERATOR[name], version });
    return [...codes.keys()].indexOf(`${name} ${version}`);
  };

  const tensorTables = tensors.map((tensor) => writeTensor(builder, tensor, bufferOf(tensor.data)));
  const operatorTables = operators.map((operator) => writeOperator(builder, operator, codeOf(operator)));
  const subgraph = table(builder, 6, {
    0: ['offset', offsets(builder, tensorTables)],
    1: ['offset', int32s(builder, [input])],
    2: ['offset', int32s(builder, [output])],
    3: ['offset', offsets(builder, operatorTables)],
    4: ['offset', builder.createString('main')],
  });
  const version = Buffer.alloc(16); // ends in a zero
  version.write(MIN_RUNTIME_VERSION);
  const entries = [
    ['TFLITE_METADATA', bufferOf(metadata)],
    ['min_runtime_version', bufferOf(version)],
  ] as const;
  const metadataTables = entries.map(([name, buffer]) =>
    table(builder, 2, { 0: ['offset', builder.createString(name)], 1: ['int32', buffer] }),
  );
  const signature = table(builder, 5, {
    0: ['offset', writeTensorMap(builder, SIGNATURE.input, input)],
    1: ['offset', writeTensorMap(builder, SIGNATURE.output, output)],
    2: ['offset', builder.createString('serving_default')],
  });
  const bufferTables = buffers.map((bytes) =>
    table(builder, 3, bytes.length === 0 ? {} : { 0: ['offset', alignedBytes(builder, bytes)] }),
  );
  // Old runtimes read the first slot, a byte, which ends at 127.
  const codeTables = [...codes.values()].map(({ number, version }) =>
    table(builder, 4, { 0: ['int8', Math.min(number, 127)], 2: ['int32', version], 3: ['int32', number] }),
  );
  const model = table(builder, 10, {
    0: ['int32', 3],
    1: ['offset', offsets(builder, codeTables)],
    2: ['offset', offsets(builder, [subgraph])],
    3: ['offset', builder.createString('Fovea')],
    4: ['offset', offsets(builder, bufferTables)],
    6: ['offset', offsets(builder, metadataTables)],
    7: ['offset', offsets(builder, [signature])],
  });
  builder.finish(model, 'TFL3');
  return builder.asUint8Array();
}

function writeTensor(builder: Builder, { name, shape, element, quantisation, hasBatch }: Tensor, buffer: number) {
  const quantisationTable =
    quantisation === undefined
      ? 0
      : table(builder, 7, {
          2: ['offset', float32s(builder, quantisation.scales)],
          3: ['offset', int64s(builder, quantisation.zeroPoints)],
          6: ['int32', quantisation.axis ?? 0],
        });
  return table(builder, 11, {
    0: ['offset', int32s(builder, shape)],
    1: ['int8', ELEMENT[element]],
    2: ['int32', buffer],
    3: ['offset', builder.createString(name)],
    4: ['offset', quantisationTable],
    7: ['offset', hasBatch ? int32s(builder, [-1, ...shape.slice(1)]) : 0],
  });
}

function writeOperator(builder: Builder, { inputs, outputs, options }: Operator, code: number): Offset {
  return table(builder, 14, {
    0: ['int32', code],
    1: ['offset', int32s(builder, inputs)],
    2: ['offset', int32s(builder, outputs)],
    3: ['int8', options?.type ?? 0],
    4: ['offset', options === undefined ? 0 : table(builder, options.slotCount, options.fields)],
  });
}

function writeTensorMap(builder: Builder, name: string, tensor: number): Offset {
  return offsets(builder, [table(builder, 2, { 0: ['offset', builder.createString(name)], 1: ['int32', tensor] })]);
}
