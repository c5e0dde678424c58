import { ELU_ALPHA, LEAKY_SLOPE } from '../../network/activations.ts';
import type { Activation, Network, NetworkNode, Parameter } from '../../network/network.ts';
import { inferShapes, InvalidNetworkError } from '../../network/shapes.ts';
import type { ExportFile } from '../export-file.ts';
import { layerNames, type LayerNames } from './layer-names.ts';
import { toShards } from './shards.ts';
import { noTfjsLayer } from './tfjs-limits.ts';

interface Layer {
  readonly class_name: string;
  readonly config: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly inbound_nodes: readonly unknown[];
}

interface Weight {
  readonly name: string;
  readonly parameter: Parameter;
}

/**
 * Writes a network as a TF.js layers model: `model.json` and its weights in shards of 4 MB.
 *
 * Only stock layers are used, so `tf.loadLayersModel` of TF.js 4 reads it with nothing registered. Pixels 0–255 go in:
 * normalisation is the first layer (`Rescaling`), where there is any. One layer a node, under the node's name; any batch size. The bytes
 * depend on the arguments alone.
 *
 * @param metadata  comes back from `model.getUserDefinedMetadata()`. Must be JSON.
 * @throws InvalidNetworkError if the network cannot run; EngineError `export/unsupported` if TF.js has no layer for a node.
 */
export function toTfjsLayers(network: Network, metadata: Readonly<Record<string, unknown>>): ExportFile[] {
  const shapes = inferShapes(network); // throws where the network is not whole
  const names = layerNames(network);
  const isSpatial = (node: NetworkNode) => shapes.get(node.name)?.length === 3;
  const layers = network.nodes.flatMap((node) => layersOf(node, names, isSpatial(node)));
  const weights = network.nodes.flatMap((node) => weightsOf(node, names.of(node.name), isSpatial(node)));
  const shards = toShards(weights.map(({ parameter }) => parameter.values));
  const model = {
    format: 'layers-model',
    generatedBy: 'Fovea',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Model', // what every TF.js knows; 'Functional' came with 2.x
        config: {
          name: 'fovea_classifier',
          trainable: true,
          layers,
          input_layers: [[layers.at(0)?.name, 0, 0]],
          output_layers: [[layers.at(-1)?.name, 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: shards.map(({ name }) => name),
        weights: weights.map(({ name, parameter }) => ({ name, shape: parameter.shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: metadata,
  };
  return [{ name: 'model.json', content: `${JSON.stringify(model)}\n` }, ...shards];
}

function layersOf(node: NetworkNode, names: LayerNames, isSpatial: boolean): Layer[] {
  const inputs = node.inputs.map(names.of);
  const layer = (class_name: string, config: Readonly<Record<string, unknown>> = {}): Layer =>
    makeLayer(class_name, names.of(node.name), inputs, config);
  switch (node.op) {
    case 'input': {
      const shape = { batch_input_shape: [null, ...node.shape], sparse: false };
      if (node.mean === 0 && node.scale === 1) return [makeLayer('InputLayer', names.of(node.name), [], shape)];
      const config = { scale: node.scale, offset: -node.mean * node.scale };
      return [
        makeLayer('InputLayer', names.pixels, [], shape),
        makeLayer('Rescaling', names.of(node.name), [names.pixels], config),
      ];
    }
    case 'conv2d':
      return [layer('Conv2D', { filters: node.kernel.shape[3], ...convolution(node.kernel, node.stride) })];
    case 'depthwiseConv2d':
      return [layer('DepthwiseConv2D', { depth_multiplier: 1, ...convolution(node.kernel, node.stride) })];
    case 'activation':
      return [layer(...ACTIVATION_LAYERS[node.activation])];
    case 'prelu':
      return [layer('PReLU', { shared_axes: isSpatial ? [1, 2] : null })];
    case 'maximum':
      return [layer('Maximum')];
    case 'add':
      return [layer('Add')];
    case 'maxPool': {
      const sides = [node.size, node.size];
      return [layer('MaxPooling2D', { pool_size: sides, strides: sides, padding: 'valid' })];
    }
    case 'globalAveragePool':
      return [layer('GlobalAveragePooling2D', { data_format: 'channels_last' })];
    case 'dense':
      return [layer('Dense', { units: node.kernel.shape[1], activation: 'linear', use_bias: true })];
    case 'softmax':
      return [layer('Softmax', { axis: -1 })];
    case 'offset':
    case 'fractionalMaxPool':
      throw noTfjsLayer(node);
    case 'batchNorm':
    case 'dropout':
    case 'stochasticDepth':
      throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) belongs to training: settle the network first`);
  }
}

type LayerKind = readonly [className: string, config?: Readonly<Record<string, unknown>>];

const ACTIVATION_LAYERS: { readonly [Name in Activation]: LayerKind } = {
  relu: ['ReLU', { max_value: null }],
  relu6: ['ReLU', { max_value: 6 }],
  leakyRelu: ['LeakyReLU', { alpha: LEAKY_SLOPE }],
  elu: ['ELU', { alpha: ELU_ALPHA }],
  selu: ['Activation', { activation: 'selu' }],
  sigmoid: ['Activation', { activation: 'sigmoid' }],
  tanh: ['Activation', { activation: 'tanh' }],
};

function makeLayer(
  class_name: string,
  name: string,
  inputs: readonly string[],
  config: Readonly<Record<string, unknown>>,
): Layer {
  const inbound_nodes = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
  return { class_name, config: { name, trainable: true, dtype: 'float32', ...config }, name, inbound_nodes };
}

function convolution({ shape: [rows, columns] }: Parameter, stride: number): Readonly<Record<string, unknown>> {
  return {
    kernel_size: [rows, columns],
    strides: [stride, stride],
    padding: 'same',
    data_format: 'channels_last',
    dilation_rate: [1, 1],
    activation: 'linear',
    use_bias: true,
  };
}

function weightsOf(node: NetworkNode, layerName: string, isSpatial: boolean): Weight[] {
  if (node.op === 'prelu') {
    const { shape, values } = node.slope;
    return [{ name: `${layerName}/alpha`, parameter: { shape: isSpatial ? [1, 1, ...shape] : shape, values } }];
  }
  if (!('kernel' in node)) return [];
  const kernelName = node.op === 'depthwiseConv2d' ? 'depthwise_kernel' : 'kernel';
  return [
    { name: `${layerName}/${kernelName}`, parameter: node.kernel },
    { name: `${layerName}/bias`, parameter: node.bias },
  ];
}
