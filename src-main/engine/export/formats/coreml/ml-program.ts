import type { Classifier } from '../../../network/classifier.ts';
import type { Parameter } from '../../../network/network.ts';
import type { Shape } from '../../../network/shapes.ts';
import { CLASS_LABEL, IMAGE, PROBABILITIES, modelDescription } from './description.ts';
import { toOperations, type Operation, type Operations } from './operations.ts';
import { TYPE, flag, float, halves, int, ints, tensorType, text, texts } from './program-values.ts';
import { encodeModel } from './schema.ts';
import { WeightBlob, toHalves } from './weight-blob.ts';

/** iOS 15, macOS 12: the first that has ML Programs. */
const SPECIFICATION_VERSION = 6;
const OPSET = 'CoreML5';

/** Where a program looks for its weights, from the package's root. */
const WEIGHTS_FILE = '@model_path/weights/weight.bin';

/** Fewer values than this are written into the program itself, as coremltools does. */
const FEWEST_IN_FILE = 10;

type Value = ReturnType<typeof halves | typeof texts> | { readonly type: object; readonly blobFileValue: object };

/** The operations of a program on their way, and the weights that they name. */
class ProgramWriter {
  readonly operations: object[] = [];
  readonly weights = new WeightBlob();

  constant(name: string, value: Value): string {
    this.operations.push({
      type: 'const',
      outputs: [{ name, type: value.type }],
      attributes: { name: text(name), val: value },
    });
    return name;
  }

  parameter(name: string, { shape, values }: Parameter): string {
    const bits = toHalves(name, values);
    if (bits.length < FEWEST_IN_FILE) return this.constant(name, halves(bits, shape));
    const blobFileValue = { fileName: WEIGHTS_FILE, offset: this.weights.add(bits) };
    return this.constant(name, { type: tensorType(TYPE.float16, shape), blobFileValue });
  }

  /**
   * Writes an operation, and before it the values among its inputs: constants that are named after it and their role.
   *
   * @param inputs  names of outputs, or values, by role.
   */
  operation(
    type: string,
    { name, shape }: { readonly name: string; readonly shape: Shape },
    inputs: Readonly<Record<string, string | Value>>,
    dataType: typeof TYPE.float16 | typeof TYPE.float32 = TYPE.float16,
  ): string {
    const bound = Object.entries(inputs).map(([role, input]) => {
      const argument = typeof input === 'string' ? input : this.constant(`${name}_${role}`, input);
      return [role, { arguments: [{ name: argument }] }];
    });
    this.operations.push({
      type,
      inputs: Object.fromEntries(bound),
      outputs: [{ name, type: tensorType(dataType, shape) }],
      attributes: { name: text(name) },
    });
    return name;
  }
}

/**
 * Writes a classifier as a Core ML program with float16 weights and sums; pixels are normalised in float32.
 *
 * @returns `model`, and the `weights` that it names. The same classifier gives the same bytes.
 * @throws EngineError `export/unsupported` where a weight is larger than 16 bits hold; InvalidNetworkError as `toOperations`.
 */
export function toMlProgram(classifier: Classifier): { readonly model: Uint8Array; readonly weights: Uint8Array } {
  const { input, operations } = toOperations(classifier.network);
  const writer = new ProgramWriter();
  writeInput(writer, input);
  for (const operation of operations) writeOperation(writer, operation);
  const last = operations.at(-1);
  writeOutput(writer, { name: last?.name ?? '', shape: last?.shape ?? [] }, classifier.labels);
  const block = { outputs: [CLASS_LABEL, PROBABILITIES], operations: writer.operations };
  const main = {
    inputs: [{ name: IMAGE, type: tensorType(TYPE.float32, input.shape) }],
    opset: OPSET,
    block_specializations: { [OPSET]: block },
  };
  const model = encodeModel({
    specificationVersion: SPECIFICATION_VERSION,
    description: modelDescription(classifier),
    mlProgram: { version: 1, functions: { main } },
  });
  return { model, weights: writer.weights.bytes() };
}

function writeInput(writer: ProgramWriter, { name, shape, scale, bias }: Operations['input']): void {
  const wide = TYPE.float32;
  const scaled = writer.operation('mul', { name: `${name}_scaled`, shape }, { x: IMAGE, y: float(scale) }, wide);
  const shifted = writer.operation('add', { name: `${name}_shifted`, shape }, { x: scaled, y: float(bias) }, wide);
  writer.operation('cast', { name, shape }, { x: shifted, dtype: text('fp16') });
}

/** The most probable class and the probabilities by class. The names lie in the operation itself: Core ML takes no constant here. */
function writeOutput(
  writer: ProgramWriter,
  { name, shape }: { readonly name: string; readonly shape: Shape },
  labels: readonly string[],
): void {
  const wide = { name: `${name}_float32`, shape };
  const probabilities = writer.operation('cast', wide, { x: name, dtype: text('fp32') }, TYPE.float32);
  const byClass = { keyType: tensorType(TYPE.string), valueType: tensorType(TYPE.float64) };
  writer.operations.push({
    type: 'classify',
    inputs: {
      probabilities: { arguments: [{ name: probabilities }] },
      classes: { arguments: [{ value: texts(labels) }] },
    },
    outputs: [
      { name: CLASS_LABEL, type: tensorType(TYPE.string) },
      { name: PROBABILITIES, type: { dictionaryType: byClass } },
    ],
    attributes: { name: text('classify') },
  });
}

/** What an ML Program calls them. */
const WITH_ALPHA = { leakyRelu: 'leaky_relu', elu: 'elu' } as const;
const OF_TWO = { add: 'add', multiply: 'mul', maximum: 'maximum' } as const;

function writeOperation(writer: ProgramWriter, operation: Operation): void {
  const { name, inputs } = operation;
  const [x = '', y = ''] = inputs;
  const half = (value: number) => halves(toHalves(name, Float32Array.of(value)), []);
  switch (operation.op) {
    case 'constant':
      return void writer.parameter(name, operation.value);
    case 'convolution': {
      const { kernel, bias, stride, groups, padding } = operation;
      return void writer.operation('conv', operation, {
        x,
        weight: writer.parameter(`${name}_weight`, kernel),
        bias: writer.parameter(`${name}_bias`, bias),
        strides: ints([stride, stride]),
        pad_type: text('custom'),
        pad: ints([...padding.rows, ...padding.columns]),
        dilations: ints([1, 1]),
        groups: int(groups),
      });
    }
    case 'dense': {
      const weight = writer.parameter(`${name}_weight`, operation.kernel);
      const bias = writer.parameter(`${name}_bias`, operation.bias);
      return void writer.operation('linear', operation, { x, weight, bias });
    }
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'tanh':
      return void writer.operation(operation.op, operation, { x });
    case 'leakyRelu':
    case 'elu':
      return void writer.operation(WITH_ALPHA[operation.op], operation, { x, alpha: half(operation.alpha) });
    case 'scale':
      return void writer.operation('mul', operation, { x, y: half(operation.factor) });
    case 'add':
    case 'multiply':
    case 'maximum':
      return void writer.operation(OF_TWO[operation.op], operation, { x, y });
    case 'maxPool': {
      const sides = ints([operation.size, operation.size]);
      const padding = { pad_type: text('valid'), pad: ints([0, 0, 0, 0]), ceil_mode: flag(false) };
      return void writer.operation('max_pool', operation, { x, kernel_sizes: sides, strides: sides, ...padding });
    }
    case 'gather': {
      const { axis, places } = operation;
      return void writer.operation('gather', operation, { x, indices: ints(places), axis: int(axis) });
    }
    case 'globalAveragePool':
      return void writer.operation('reduce_mean', operation, { x, axes: ints([2, 3]), keep_dims: flag(false) });
    case 'softmax':
      return void writer.operation('softmax', operation, { x, axis: int(-1) });
  }
}
