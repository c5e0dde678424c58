/**
 * A network as stock layers, in the words of Keras 2: TF.js and Keras 3 know them too, so that nothing has to be registered
 * where a file is opened. One layer a node, under the node's name; normalised pixels, a mean image and fractional pooling take more.
 */
import { ELU_ALPHA, LEAKY_SLOPE } from '../../network/activations.ts';
import type { Activation, Network, NetworkNode, Parameter } from '../../network/network.ts';
import { inferShapes, InvalidNetworkError, type Shape } from '../../network/shapes.ts';
import { fractionalPoolLayers } from './fractional-pool-layers.ts';
import { layerNames, type LayerNames } from './layer-names.ts';
import { offsetLayers } from './offset-layers.ts';

export interface StockLayer {
  readonly className: string;
  readonly name: string;
  /** Names of the layers whose outputs come in. */
  readonly inputs: readonly string[];
  /** Of its output, without the batch. */
  readonly shape: Shape;
  /** What only this kind of layer has, and `trainable` where it is not. */
  readonly config: Readonly<Record<string, unknown>>;
  /** By Keras' names, in Keras' order. */
  readonly weights: Readonly<Record<string, Parameter>>;
}

/**
 * @returns  in the network's order: the first takes pixels, the last gives probabilities.
 * @throws InvalidNetworkError if the network cannot run, or still holds what belongs to training.
 */
export function stockLayers(network: Network): StockLayer[] {
  const shapes = inferShapes(network); // throws where the network is not whole
  const names = layerNames(network);
  return network.nodes.flatMap((node) => layersOf(node, names, shapes));
}

/** Layers as Keras 2 and TF.js write a model of them, in JSON. */
export function keras2Model(className: 'Functional' | 'Model', layers: readonly StockLayer[]) {
  return {
    class_name: className,
    config: {
      name: MODEL_NAME,
      trainable: true,
      layers: layers.map((layer) => ({
        class_name: layer.className,
        config: configOf(layer),
        name: layer.name,
        inbound_nodes: layer.inputs.length === 0 ? [] : [layer.inputs.map((input) => [input, 0, 0, {}])],
      })),
      input_layers: [[layers.at(0)?.name, 0, 0]],
      output_layers: [[layers.at(-1)?.name, 0, 0]],
    },
  };
}

export const MODEL_NAME = 'fovea_classifier';

/** A layer's whole configuration. Keras 2 takes no `trainable` of an input. */
export function configOf({ className, name, config }: StockLayer): Readonly<Record<string, unknown>> {
  return { name, ...(className === 'InputLayer' ? {} : { trainable: true }), dtype: 'float32', ...config };
}

function layersOf(node: NetworkNode, names: LayerNames, shapes: ReadonlyMap<string, Shape>): StockLayer[] {
  const name = names.of(node.name);
  const inputs = node.inputs.map(names.of);
  const shape = shapes.get(node.name) ?? [];
  const layer = (
    className: string,
    config: StockLayer['config'] = {},
    weights: StockLayer['weights'] = {},
  ): StockLayer[] => [{ className, name, inputs, shape, config, weights }];
  switch (node.op) {
    case 'input': {
      const pixels = { batch_input_shape: [null, ...node.shape], sparse: false };
      if (node.mean === 0 && node.scale === 1) return layer('InputLayer', pixels);
      const scaled = { scale: node.scale, offset: -node.mean * node.scale };
      return [
        { className: 'InputLayer', name: names.pixels, inputs: [], shape, config: pixels, weights: {} },
        { className: 'Rescaling', name, inputs: [names.pixels], shape, config: scaled, weights: {} },
      ];
    }
    case 'conv2d': {
      const config = { filters: node.kernel.shape[3], ...convolution(node.kernel, node.stride) };
      return layer('Conv2D', config, { kernel: node.kernel, bias: node.bias });
    }
    case 'depthwiseConv2d': {
      const config = { depth_multiplier: 1, ...convolution(node.kernel, node.stride) };
      return layer('DepthwiseConv2D', config, { depthwise_kernel: node.kernel, bias: node.bias });
    }
    case 'activation':
      return layer(...ACTIVATION_LAYERS[node.activation]);
    case 'prelu': {
      const isSpatial = shape.length === 3;
      const alpha = isSpatial ? { ...node.slope, shape: [1, 1, ...node.slope.shape] } : node.slope;
      return layer('PReLU', { shared_axes: isSpatial ? [1, 2] : null }, { alpha });
    }
    case 'maximum':
      return layer('Maximum');
    case 'add':
      return layer('Add');
    case 'offset':
      return offsetLayers(node, { name, input: inputs[0] ?? '', free: names.free });
    case 'maxPool': {
      const sides = [node.size, node.size];
      return layer('MaxPooling2D', { pool_size: sides, strides: sides, padding: 'valid' });
    }
    case 'fractionalMaxPool': {
      const inputShape = shapes.get(node.inputs[0] ?? '') ?? [];
      return fractionalPoolLayers(node, { name, input: inputs[0] ?? '', inputShape, free: names.free });
    }
    case 'globalAveragePool':
      return layer('GlobalAveragePooling2D', { data_format: 'channels_last' });
    case 'dense': {
      const config = { units: node.kernel.shape[1], activation: 'linear', use_bias: true };
      return layer('Dense', config, { kernel: node.kernel, bias: node.bias });
    }
    case 'softmax':
      return layer('Softmax', { axis: -1 });
    case 'batchNorm':
    case 'dropout':
    case 'stochasticDepth':
      throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) belongs to training: settle the network first`);
  }
}

type LayerKind = readonly [className: string, config?: StockLayer['config']];

const ACTIVATION_LAYERS: { readonly [Name in Activation]: LayerKind } = {
  relu: ['ReLU', { max_value: null }],
  relu6: ['ReLU', { max_value: 6 }],
  leakyRelu: ['LeakyReLU', { alpha: LEAKY_SLOPE }],
  elu: ['ELU', { alpha: ELU_ALPHA }],
  selu: ['Activation', { activation: 'selu' }],
  sigmoid: ['Activation', { activation: 'sigmoid' }],
  tanh: ['Activation', { activation: 'tanh' }],
};

function convolution({ shape: [rows, columns] }: Parameter, stride: number): StockLayer['config'] {
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
