import type { Classifier } from '../../../network/classifier.ts';
import { bytesOf } from '../../../network/little-endian.ts';
import { IMAGE, PROBABILITIES, modelDescription } from './description.ts';
import { toOperations, type Operation } from './operations.ts';
import { encodeModel } from './schema.ts';

/** iOS 13, macOS 10.15: the first in which tensors have any number of axes. */
const SPECIFICATION_VERSION = 4;

/** `EXACT_ARRAY_MAPPING`, `RANK4_IMAGE_MAPPING`: values are [1, channels, height, width] and [1, features]. */
const SHAPE_MAPPING = 1;

const CLIP_AT = { minVal: 0, maxVal: 6 };

/**
 * Writes a classifier as a Core ML neural network (`.mlmodel`) with float32 weights.
 *
 * @returns the file. The same classifier gives the same bytes.
 * @throws InvalidNetworkError as `toOperations`.
 */
export function toNeuralNetwork(classifier: Classifier): Uint8Array {
  const { input, operations } = toOperations(classifier.network);
  const nameOf = new Map([
    [input.name, IMAGE],
    [operations.at(-1)?.name ?? '', PROBABILITIES],
  ]);
  const named = (name: string) => nameOf.get(name) ?? name;
  const layers = operations.flatMap((operation) => {
    const { name, inputs } = operation;
    const layer = { name, input: inputs.map(named), output: [named(name)], ...layerOf(operation) };
    if (operation.op !== 'gather') return [layer];
    const places = placesLayer(`${name}_places`, operation.places);
    return [places, { ...layer, input: [...layer.input, places.name] }];
  });
  const { scale, bias } = input;
  const scaler = { channelScale: scale, redBias: bias, greenBias: bias, blueBias: bias };
  return encodeModel({
    specificationVersion: SPECIFICATION_VERSION,
    description: modelDescription(classifier),
    neuralNetworkClassifier: {
      layers,
      preprocessing: [{ featureName: IMAGE, scaler }],
      arrayInputShapeMapping: SHAPE_MAPPING,
      imageInputShapeMapping: SHAPE_MAPPING,
      stringClassLabels: { vector: classifier.labels },
      labelProbabilityLayerName: PROBABILITIES,
    },
  });
}

/** The layer's kind and its parameters. */
function layerOf(operation: Operation): object {
  switch (operation.op) {
    case 'convolution': {
      const { kernel, bias, stride, groups, padding } = operation;
      const [outputChannels, kernelChannels, ...kernelSize] = kernel.shape;
      const borderAmounts = [padding.rows, padding.columns].map(([startEdgeSize, endEdgeSize]) => ({
        startEdgeSize,
        endEdgeSize,
      }));
      return {
        convolution: {
          outputChannels,
          kernelChannels,
          nGroups: groups,
          kernelSize,
          stride: [stride, stride],
          dilationFactor: [1, 1],
          valid: { paddingAmounts: { borderAmounts } },
          hasBias: true,
          weights: weights(kernel.values),
          bias: weights(bias.values),
        },
      };
    }
    case 'dense': {
      const { kernel, bias } = operation;
      const [outputChannels, inputChannels] = kernel.shape;
      const sums = { weights: weights(kernel.values), bias: weights(bias.values) };
      return { innerProduct: { inputChannels, outputChannels, hasBias: true, ...sums } };
    }
    case 'relu':
      return { activation: { ReLU: {} } };
    case 'relu6':
      return { clip: CLIP_AT };
    case 'leakyRelu':
      return { activation: { leakyReLU: { alpha: operation.alpha } } };
    case 'elu':
      return { activation: { ELU: { alpha: operation.alpha } } };
    case 'sigmoid':
    case 'tanh':
      return { activation: { [operation.op]: {} } };
    case 'scale':
      return { multiply: { alpha: operation.factor } };
    case 'add':
      return { addBroadcastable: {} };
    case 'multiply':
      return { multiplyBroadcastable: {} };
    case 'maximum':
      return { maxBroadcastable: {} };
    case 'constant': {
      const { shape, values } = operation.value;
      return { loadConstantND: { shape, data: weights(values) } };
    }
    case 'maxPool': {
      const sides = [operation.size, operation.size];
      const valid = { paddingAmounts: { borderAmounts: [{}, {}] } };
      return { pooling: { type: 0, kernelSize: sides, stride: sides, valid } };
    }
    case 'globalAveragePool':
      return { reduceMean: { axes: [2, 3], keepDims: false } };
    case 'softmax':
      return { softmaxND: { axis: -1 } };
    case 'gather':
      return { gather: { axis: operation.axis } };
  }
}

/** Every value of a neural network is a float, numbers of rows too. */
function placesLayer(name: string, places: readonly number[]) {
  return {
    name,
    output: [name],
    loadConstantND: { shape: [places.length], data: weights(Float32Array.from(places)) },
  };
}

function weights(values: Float32Array) {
  return { floatValue: bytesOf(values) };
}
