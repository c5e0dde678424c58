import { z } from 'zod';
import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import { ACTIVATIONS, type Activation, type Network, type NetworkNode, type Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';
import type { PixelScaling } from './pixel-scaling.ts';
import { requireSamePadding, type Padding } from './same-padding.ts';
import type { Layer, LayersModel } from './tfjs-model-file.ts';

/**
 * Builds the trunk of a model of layers, of TF.js or Keras: all up to its global average pooling, which becomes `embedding`,
 * or all that there are, with the average over the last one's features.
 * Batch norm is folded into the convolution before it; zero padding into the convolution after it, where the two give
 * what TensorFlow's SAME gives. Other nodes keep their layers' names. It reads the topology alone: any MobileNet V1,
 * and whatever else is made of the same layers.
 *
 * @throws BackboneFormatError naming the layer that cannot be read, and why.
 */
export function tfjsLayersTrunk(model: LayersModel, scaling: PixelScaling): Network {
  const trunk = new TrunkBuilder(model, scaling);
  for (const layer of model.layers) {
    trunk.add(layer);
    if (layer.className === 'GlobalAveragePooling2D') return { nodes: trunk.nodes };
  }
  const last = trunk.nodes.at(-1);
  if (last === undefined) throw new BackboneFormatError('The model has no layers');
  return { nodes: [...trunk.nodes, { op: 'globalAveragePool', name: 'embedding', inputs: [last.name] }] };
}

const pair = z.tuple([z.int(), z.int()]);
const channelsLast = z.literal('channels_last').nullish();
const convolutionConfig = z.object({
  padding: z.enum(['same', 'valid']),
  strides: pair.refine(([down, right]) => down === right, 'strides differ'),
  dilation_rate: z.union([z.literal(1), z.tuple([z.literal(1), z.literal(1)])]).nullish(),
  groups: z.literal(1).nullish(),
  depth_multiplier: z.literal(1).nullish(),
  data_format: channelsLast,
  activation: z.string().nullish(),
});
const normConfig = z.object({
  epsilon: z.number(),
  axis: z.union([z.literal(-1), z.literal(3), z.tuple([z.literal(3)])]),
});
const activationConfig = z.object({ activation: z.string() });
const reluConfig = z.object({
  max_value: z.literal(6).nullish(),
  negative_slope: z.literal(0).nullish(),
  threshold: z.literal(0).nullish(),
});
const paddingConfig = z.object({ padding: z.tuple([pair, pair]), data_format: channelsLast });

class TrunkBuilder {
  readonly nodes: NetworkNode[] = [];
  /** Node that gives a layer's output, and zeros that are still to be put around it. */
  readonly #outputs = new Map<string, { readonly node: string; readonly padding: Padding | null }>();

  constructor(
    readonly model: LayersModel,
    readonly scaling: PixelScaling,
  ) {}

  add(layer: Layer): void {
    switch (layer.className) {
      case 'InputLayer':
        return this.#addInput(layer);
      case 'Conv2D':
      case 'DepthwiseConv2D':
        return this.#addConvolution(layer);
      case 'BatchNormalization':
        return this.#foldNorm(layer);
      case 'Activation':
        return this.#addActivation(layer, configOf(layer, activationConfig).activation, this.#input(layer));
      case 'ReLU':
        return this.#addActivation(
          layer,
          configOf(layer, reluConfig).max_value === 6 ? 'relu6' : 'relu',
          this.#input(layer),
        );
      case 'ZeroPadding2D':
        return this.#give(layer, this.#input(layer), configOf(layer, paddingConfig).padding);
      case 'Dropout': // does nothing outside training
        return this.#give(layer, this.#input(layer));
      case 'Add':
        return this.#push(layer, {
          op: 'add',
          name: layer.name,
          inputs: layer.inputs.map((_, index) => this.#input(layer, index)),
        });
      case 'GlobalAveragePooling2D':
        return this.#push(layer, { op: 'globalAveragePool', name: 'embedding', inputs: [this.#input(layer)] });
      default:
        throw new BackboneFormatError(`Layer "${layer.name}" is a ${layer.className}, which cannot be imported`);
    }
  }

  #addInput(layer: Layer): void {
    const { imageSize, mean, scale } = this.scaling;
    this.#push(layer, {
      op: 'input',
      name: layer.name,
      inputs: [],
      shape: [imageSize, imageSize, 3],
      mean,
      scale,
    });
  }

  #addConvolution(layer: Layer): void {
    const config = configOf(layer, convolutionConfig);
    const isDepthwise = layer.className === 'DepthwiseConv2D';
    const kernel = this.#weight(layer, 'kernel') ?? this.#weight(layer, 'depthwise_kernel');
    if (!kernel) throw new BackboneFormatError(`The model holds no kernel of layer "${layer.name}"`);
    const stride = config.strides[0];
    const { node: input, padding } = this.#output(layer, 0);
    const zeros = { padding, mode: config.padding, kernel, stride };
    requireSamePadding(`Layer "${layer.name}"`, { nodes: this.nodes }, input, zeros);
    const channels = (isDepthwise ? kernel.shape[2] : kernel.shape[3]) ?? 0;
    const bias = this.#weight(layer, 'bias') ?? { shape: [channels], values: new Float32Array(channels) };
    const op = isDepthwise ? 'depthwiseConv2d' : 'conv2d';
    const activation = config.activation ?? 'linear';
    this.#push(layer, { op, name: layer.name, inputs: [input], stride, kernel, bias });
    this.#addActivation(layer, activation, layer.name, `${layer.name}_${activation}`);
  }

  #foldNorm(layer: Layer): void {
    const name = this.#input(layer);
    const index = this.nodes.findIndex((node) => node.name === name);
    const node = this.nodes[index];
    const readers = this.model.layers.filter(({ inputs }) => inputs.includes(layer.inputs[0] ?? ''));
    if ((node?.op !== 'conv2d' && node?.op !== 'depthwiseConv2d') || readers.length !== 1)
      throw new BackboneFormatError(`Batch norm "${layer.name}" does not follow a convolution of its own ("${name}")`);
    const { epsilon } = configOf(layer, normConfig);
    const [mean, variance] = [this.#weight(layer, 'moving_mean'), this.#weight(layer, 'moving_variance')];
    if (!mean || !variance) throw new BackboneFormatError(`The model holds no statistics of layer "${layer.name}"`);
    const folded = foldBatchNorm(node.kernel, node.bias, {
      gamma: this.#weight(layer, 'gamma')?.values ?? null,
      beta: this.#weight(layer, 'beta')?.values ?? null,
      mean: mean.values,
      variance: variance.values,
      epsilon,
    });
    this.nodes[index] = { ...node, ...folded };
    this.#give(layer, name);
  }

  #addActivation(layer: Layer, activation: string, input: string, name = layer.name): void {
    if (activation === 'linear') return this.#give(layer, input);
    if (!isActivation(activation))
      throw new BackboneFormatError(
        `Layer "${layer.name}" uses ${activation}; ${ACTIVATIONS.join(' and ')} can be read`,
      );
    this.#push(layer, { op: 'activation', name, inputs: [input], activation });
  }

  #push(layer: Layer, node: NetworkNode): void {
    this.nodes.push(node);
    this.#give(layer, node.name);
  }

  #give(layer: Layer, node: string, padding: Padding | null = null): void {
    this.#outputs.set(layer.name, { node, padding });
  }

  #output(layer: Layer, index: number): { readonly node: string; readonly padding: Padding | null } {
    const source = layer.inputs[index];
    const output = source === undefined ? undefined : this.#outputs.get(source);
    if (!output)
      throw new BackboneFormatError(`Layer "${layer.name}" takes "${source}", which no layer before it gives`);
    return output;
  }

  #input(layer: Layer, index = 0): string {
    const { node, padding } = this.#output(layer, index);
    if (padding) throw new BackboneFormatError(`Layer "${layer.name}" follows zero padding; only a convolution can`);
    return node;
  }

  #weight(layer: Layer, role: string): Parameter | null {
    return this.model.weight(`${layer.name}/${role}`);
  }
}

function configOf<T>(layer: Layer, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(layer.config);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BackboneFormatError(
    `Layer "${layer.name}" (${layer.className}) cannot be imported: its ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

function isActivation(name: string): name is Activation {
  return (ACTIVATIONS as readonly string[]).includes(name);
}
