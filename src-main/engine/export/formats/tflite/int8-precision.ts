import type { NodeStatistics } from '../../../features/node-statistics.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { mulOptions, subOptions } from './options.ts';
import type { Precision, Values } from './precision.ts';
import { quantisationOf, quantise, quantiseLayer } from './quantise.ts';
import { SIGNATURE, type Quantisation } from './schema.ts';

/** What probabilities are stored as in uint8: the largest, 1, as 255, which stands for 255/256. */
const UINT8_PROBABILITIES = { scales: [1 / 256], zeroPoints: [0] };

/**
 * Values and weights as 8-bit integers: int8 values with a scale a tensor, int8 weights with a scale a channel (dense layers: a
 * scale a layer), int32 biases. This is the scheme of TFLite's quantisation specification, which every delegate knows.
 *
 * Pixels are kept exactly: a step of the first tensor is a step of a pixel. Where the backbone's mean lies between two whole
 * numbers (127.5), the first layer's bias takes the difference.
 *
 * @param io        what goes in and comes out, as TensorFlow's own tools write it: `float32`, the converter's default, or
 *                  `uint8`, that of MediaPipe Model Maker.
 * @param statistics  of a node by its name.
 */
export function int8Precision(
  graph: GraphBuilder,
  io: 'float32' | 'uint8',
  statistics: (node: string) => NodeStatistics,
): Precision {
  /** What stored values of a tensor are too large by; absent: nothing. */
  const errors = new Map<number, number>();

  const quantisationFor = (values: Values): Quantisation => {
    if ('exactly' in values) return values.exactly;
    if ('like' in values) return quantisationAt(values.like);
    const { low, high } = statistics(values.node);
    return quantisationOf({ low: low * (values.below ?? 1), high: high * (values.above ?? 1) });
  };
  const quantisationAt = (number: number): Quantisation => {
    const { name, quantisation } = graph.tensor(number);
    if (quantisation === undefined) throw new Error(`Tensor ${name} is not quantised`);
    return quantisation;
  };
  const stored = (name: string, shape: readonly number[], quantisation: Quantisation) =>
    graph.add({ name: `${name}/int8`, shape: [1, ...shape], element: 'int8', quantisation, hasBatch: true });
  const floats = (name: string, shape: readonly number[]) =>
    graph.add({ name, shape: [1, ...shape], element: 'float32', hasBatch: true });
  const scalar = (name: string, value: number) =>
    graph.add({ name, shape: [1], element: 'float32', data: new Uint8Array(Float32Array.of(value).buffer) });

  return {
    input({ name, shape, mean, scale }) {
      const middle = Math.min(255, Math.max(0, Math.round(mean)));
      const step = Math.fround(scale);
      const value = stored(name, shape, { scales: [step], zeroPoints: [middle - 128] });
      errors.set(value, (mean - middle) * scale);
      if (io === 'uint8') {
        const quantisation = { scales: [step], zeroPoints: [middle] };
        const image = graph.add({
          name: SIGNATURE.input,
          shape: [1, ...shape],
          element: 'uint8',
          quantisation,
          hasBatch: true,
        });
        return { image, value: graph.operate('QUANTIZE', [image], value) };
      }
      const image = floats(SIGNATURE.input, shape);
      const centred = floats(`${name}/centred`, shape);
      graph.operate('SUB', [image, scalar(`${name}/mean`, middle)], centred, subOptions);
      const scaled = floats(`${name}/scaled`, shape);
      graph.operate('MUL', [centred, scalar(`${name}/scale`, step)], scaled, mulOptions);
      return { image, value: graph.operate('QUANTIZE', [scaled], value) };
    },
    value: (name, shape, values) => stored(name, shape, quantisationFor(values)),
    weights(layer) {
      const [scale = 1] = quantisationAt(layer.input).scales;
      const { means } = statistics(layer.inputNode);
      const found = quantiseLayer(layer, { means, scale, error: errors.get(layer.input) ?? 0 });
      return [
        graph.add({
          name: `${layer.name}/kernel`,
          shape: layer.kernel.shape,
          element: 'int8',
          data: new Uint8Array(found.kernel.buffer),
          quantisation: found.kernelQuantisation,
        }),
        graph.add({
          name: `${layer.name}/bias`,
          shape: layer.bias.shape,
          element: 'int32',
          data: new Uint8Array(found.bias.buffer),
          quantisation: found.biasQuantisation,
        }),
      ];
    },
    constant(name, { shape, values }) {
      const quantisation = quantisationOf({ low: least(values), high: -least(values.map((value) => -value)) });
      const data = new Uint8Array(quantise(values, quantisation).buffer);
      return graph.add({ name, shape, element: 'int8', data, quantisation });
    },
    alike(tensor, other) {
      const [from, to] = [graph.tensor(tensor), quantisationAt(other)];
      if (isSame(quantisationAt(tensor), to)) return tensor;
      return graph.operate('QUANTIZE', [tensor], stored(`${from.name}/alike`, from.shape.slice(1), to));
    },
    output(tensor) {
      const shape = graph.tensor(tensor).shape.slice(1);
      if (io === 'float32') return graph.operate('DEQUANTIZE', [tensor], floats(SIGNATURE.output, shape));
      const output = graph.add({
        name: SIGNATURE.output,
        shape: [1, ...shape],
        element: 'uint8',
        quantisation: UINT8_PROBABILITIES,
        hasBatch: true,
      });
      return graph.operate('QUANTIZE', [tensor], output);
    },
  };
}

/** By a loop: a picture's values are more than a call can take. */
function least(values: Float32Array): number {
  return values.reduce((low, value) => Math.min(low, value), Infinity);
}

function isSame(a: Quantisation, b: Quantisation): boolean {
  return a.scales[0] === b.scales[0] && a.zeroPoints[0] === b.zeroPoints[0];
}
