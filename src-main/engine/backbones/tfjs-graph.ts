import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import type {
  Activation,
  Conv2dNode,
  DepthwiseConv2dNode,
  Network,
  NetworkNode,
  Parameter,
} from '../network/network.ts';
import { inferShapes } from '../network/shapes.ts';
import { plus, times, type Weights } from './convolution-weights.ts';
import { BackboneFormatError } from './format-error.ts';
import { findEmbedding, requireGlobal, upTo } from './graph-embedding.ts';
import { nameLayers } from './layer-names.ts';
import type { PixelScaling } from './pixel-scaling.ts';
import { requireSamePadding, type Padding } from './same-padding.ts';
import { constantOf, isConstant, refusal, type GraphModel, type GraphNode } from './tfjs-graph-file.ts';

/** What a node of the graph gives. */
type Value =
  /** The pixels so far: pixel · scale + offset. They become the input node when something reads them. */
  | { readonly kind: 'pixels'; readonly scale: number; readonly offset: number }
  /** Output of a node of the network, with zeros that are still to be put around it. */
  | { readonly kind: 'features'; readonly name: string; readonly padding: Padding | null };

type Convolution = Conv2dNode | DepthwiseConv2dNode;

const ACTIVATION: Readonly<Record<string, Activation>> = { Relu: 'relu', Relu6: 'relu6' };

/**
 * Builds the trunk of a TF.js graph model: all that its averaging over the picture reads, which becomes `embedding`. Batch
 * norm, biases and what the graph does to its pixels are folded, and layers get the names of Keras' MobileNets, so that
 * they do not depend on how the converter fused them. It reads the topology alone: MobileNet V1 and V2 of every width,
 * and whatever else is made of the same operations.
 *
 * @param scaling  of the values that the graph is fed with; what it does to them itself is read from it.
 * @throws BackboneFormatError naming the node and its operation that cannot be read, and why.
 */
export function tfjsGraphTrunk(model: GraphModel, scaling: PixelScaling): Network {
  const { pool, features } = findEmbedding(model);
  const order = upTo(model, features);
  const trunk = new GraphBuilder(model, order, scaling);
  for (const node of order) trunk.add(node);
  return { nodes: nameLayers(trunk.finish(features, pool)) };
}

class GraphBuilder {
  readonly #nodes: NetworkNode[] = [];
  readonly #values = new Map<string, Value>();
  /** How many nodes read each. */
  readonly #readers = new Map<string, number>();

  constructor(
    readonly model: GraphModel,
    order: readonly GraphNode[],
    readonly scaling: PixelScaling,
  ) {
    for (const { inputs } of order) {
      for (const input of inputs) this.#readers.set(input, (this.#readers.get(input) ?? 0) + 1);
    }
  }

  add(node: GraphNode): void {
    switch (node.op) {
      case 'Placeholder':
        return this.#give(node, this.#pixels(node));
      case 'Const':
        return; // whoever reads it asks for its values
      case 'Identity':
        return this.#give(node, this.#value(node, 0));
      case 'Conv2D':
      case '_FusedConv2D':
      case 'DepthwiseConv2dNative':
      case 'FusedDepthwiseConv2dNative':
        return this.#convolve(node);
      case 'FusedBatchNorm':
      case 'FusedBatchNormV2':
      case 'FusedBatchNormV3':
        return this.#normalise(node);
      case 'Relu':
      case 'Relu6':
        return this.#activate(node, this.#features(node, 0), ACTIVATION[node.op] ?? 'relu');
      case 'Pad':
      case 'PadV2':
        return this.#pad(node);
      case 'BiasAdd':
      case 'Add':
      case 'AddV2':
      case 'AddN':
      case 'Sub':
      case 'Mul':
        return this.#calculate(node);
      default:
        throw refusal(node, 'this operation cannot be imported');
    }
  }

  /** The network's nodes, with the average over the last of them. */
  finish(last: string, pool: GraphNode | null): readonly NetworkNode[] {
    const value = this.#values.get(last);
    if (value?.kind !== 'features' || value.padding !== null)
      throw new BackboneFormatError(`Node "${last}" gives no features, so no embedding can be found in the graph`);
    if (pool !== null) requireGlobal(this.model, pool, inferShapes({ nodes: this.#nodes }).get(value.name) ?? []);
    return [...this.#nodes, { op: 'globalAveragePool', name: 'embedding', inputs: [value.name] }];
  }

  #pixels(node: GraphNode): Value {
    const shape = node.attributes.shape('shape');
    const { imageSize, mean, scale } = this.scaling;
    const fits = shape === undefined || shape.length === 0 || fitsPicture(shape, imageSize);
    if (!fits) throw refusal(node, `it takes [${shape.join(', ')}], not RGB pictures of ${imageSize} px`);
    return { kind: 'pixels', scale, offset: -mean * scale };
  }

  #convolve(node: GraphNode): void {
    const { attributes } = node;
    const isDepthwise = node.op.includes('Depthwise');
    const kernel = constantOf(this.model, node, 1);
    const [, stride = 0, right] = attributes.integers('strides');
    const format = attributes.text('data_format') ?? 'NHWC';
    const mode = { SAME: 'same', VALID: 'valid' }[attributes.text('padding') ?? ''] as 'same' | 'valid' | undefined; // as: both values are
    if (stride !== right) throw refusal(node, 'its strides differ');
    if (format !== 'NHWC') throw refusal(node, `its layout is ${format}, not NHWC`);
    if (attributes.integers('dilations').some((rate) => rate !== 1)) throw refusal(node, 'it is dilated');
    if (mode === undefined) throw refusal(node, `its padding is ${attributes.text('padding')}`);
    if (kernel.shape.length !== 4) throw refusal(node, `its kernel is [${kernel.shape.join(', ')}]`);
    const { name: input, padding } = this.#input(node);
    requireSamePadding(`Node "${node.name}" (${node.op})`, { nodes: this.#nodes }, input, { padding, mode, kernel, stride }); // prettier-ignore
    const channels = (isDepthwise ? kernel.shape[2] : kernel.shape[3]) ?? 0;
    const bias = { shape: [channels], values: new Float32Array(channels) };
    const op = isDepthwise ? 'depthwiseConv2d' : 'conv2d';
    this.#push(node, { op, name: node.name, inputs: [input], stride, kernel, bias });
    this.#fuse(node);
  }

  /** What a converter has fused into a convolution, in its order. */
  #fuse(node: GraphNode): void {
    let argument = 2;
    for (const operation of node.attributes.texts('fused_ops')) {
      const convolution = this.#nodes.at(-1) as Convolution; // as: just pushed, and an activation comes last
      if (operation === 'BiasAdd') {
        const bias = this.#byChannel(node, convolution, constantOf(this.model, node, argument++));
        this.#replace(convolution, plus(convolution, bias));
      } else if (operation === 'FusedBatchNorm') {
        this.#replace(convolution, this.#folded(node, convolution, argument));
        argument += 4;
      } else {
        const activation = ACTIVATION[operation];
        if (activation === undefined) throw refusal(node, `${operation} is fused into it`);
        this.#activate(node, convolution.name, activation, `${node.name}/activation`);
        return;
      }
    }
  }

  #normalise(node: GraphNode): void {
    if (node.attributes.flag('is_training') ?? true) throw refusal(node, 'it normalises as in training');
    const convolution = this.#ownConvolution(node, 0);
    this.#replace(convolution, this.#folded(node, convolution, 1));
    this.#give(node, { kind: 'features', name: convolution.name, padding: null });
  }

  /** @param first  place of gamma among the inputs; beta, mean and variance follow it */
  #folded(node: GraphNode, { kernel, bias }: Convolution, first: number): Weights {
    const values = (place: number) => constantOf(this.model, node, first + place).values;
    return foldBatchNorm(kernel, bias, {
      gamma: values(0),
      beta: values(1),
      mean: values(2),
      variance: values(3),
      epsilon: node.attributes.number('epsilon') ?? 1e-4, // what TensorFlow takes where none is written
    });
  }

  /** Two values added, subtracted or multiplied: of the pixels, a bias or a factor by channel, or a residual. */
  #calculate(node: GraphNode): void {
    const place = isConstant(this.model, node.inputs[1] ?? '') ? 1 : 0;
    if (!isConstant(this.model, node.inputs[place] ?? '') && node.op.startsWith('Add')) {
      const inputs = node.inputs.map((_, index) => this.#features(node, index));
      return this.#push(node, { op: 'add', name: node.name, inputs });
    }
    if (place === 0 && node.op === 'Sub') throw refusal(node, 'only a constant can be subtracted');
    const constant = constantOf(this.model, node, place);
    const other = this.#value(node, 1 - place);
    const sign = node.op === 'Sub' ? -1 : 1;
    if (other.kind === 'pixels') {
      const [value = 0] = constant.values;
      if (constant.values.some((each) => each !== value)) throw refusal(node, 'it treats the colours differently');
      const { scale, offset } = other;
      const after =
        node.op === 'Mul' ? { scale: scale * value, offset: offset * value } : { scale, offset: offset + sign * value };
      return this.#give(node, { kind: 'pixels', ...after });
    }
    const name = this.#features(node, 1 - place);
    const convolution = node.op === 'Mul' ? this.#ownConvolution(node, 1 - place) : this.#ownSummand(node, 1 - place);
    const change = this.#byChannel(node, convolution, constant).map((value) => sign * value);
    this.#replace(convolution, node.op === 'Mul' ? times(convolution, change) : plus(convolution, change));
    this.#give(node, { kind: 'features', name, padding: null });
  }

  /** One value for each channel that a convolution gives. */
  #byChannel(node: GraphNode, { bias }: Convolution, { shape, values }: Parameter): Float32Array {
    const { length } = bias.values;
    if (values.length === length) return values;
    if (values.length === 1) return new Float32Array(length).fill(values[0] ?? 0);
    throw refusal(node, `[${shape.join(', ')}] does not fit ${length} channels`);
  }

  #pad(node: GraphNode): void {
    const { values } = constantOf(this.model, node, 1, 'int32');
    const fill = node.op === 'PadV2' ? constantOf(this.model, node, 2).values[0] : 0;
    const [before, after, top = 0, bottom = 0, left = 0, right = 0, front, back] = values;
    if (fill !== 0 || values.length !== 8 || [before, after, front, back].some((zeros) => zeros !== 0))
      throw refusal(node, 'only zeros around a picture can be imported');
    const padding: Padding = [[top, bottom], [left, right]]; // prettier-ignore
    this.#give(node, { kind: 'features', name: this.#features(node, 0), padding });
  }

  #activate(node: GraphNode, input: string, activation: Activation, name = node.name): void {
    this.#push(node, { op: 'activation', name, inputs: [input], activation });
  }

  /** The convolution whose output comes in, which nothing else reads: then what follows can be folded into it. */
  #ownConvolution(node: GraphNode, index: number): Convolution {
    const source = node.inputs[index] ?? '';
    const found = this.#foldable(source);
    if (found === null) throw refusal(node, `it does not follow a convolution of its own ("${source}")`);
    return found;
  }

  /** The same, or one of the convolutions whose sum comes in: a converter may move a bias behind the sum. */
  #ownSummand(node: GraphNode, index: number): Convolution {
    const source = this.model.nodes.get(node.inputs[index] ?? '');
    if (source?.op.startsWith('Add') && this.#readers.get(source.name) === 1) {
      const [found] = source.inputs.flatMap((input) => this.#foldable(input) ?? []);
      if (found !== undefined) return found;
    }
    return this.#ownConvolution(node, index);
  }

  /** The convolution that gives a graph's value which one node reads; null where it is none. */
  #foldable(source: string): Convolution | null {
    const value = this.#values.get(source);
    if (value?.kind !== 'features' || value.padding !== null || this.#readers.get(source) !== 1) return null;
    const found = this.#nodes.find(({ name }) => name === value.name);
    return found?.op === 'conv2d' || found?.op === 'depthwiseConv2d' ? found : null;
  }

  #input(node: GraphNode): { readonly name: string; readonly padding: Padding | null } {
    const value = this.#value(node, 0);
    if (value.kind === 'features') return value;
    return { name: this.#inputNode(node, value), padding: null };
  }

  /** Name of the node whose output comes in, which has no zeros around it. */
  #features(node: GraphNode, index: number): string {
    const value = this.#value(node, index);
    if (value.kind === 'pixels') return this.#inputNode(node, value);
    if (value.kind === 'features' && value.padding === null) return value.name;
    throw refusal(node, 'only a convolution can follow padding');
  }

  #inputNode(node: GraphNode, { scale, offset }: { scale: number; offset: number }): string {
    const { imageSize } = this.scaling;
    const mean = offset === 0 ? 0 : -offset / scale; // not −0
    const [first] = this.#nodes;
    if (first === undefined)
      this.#nodes.push({ op: 'input', name: 'pixels', inputs: [], shape: [imageSize, imageSize, 3], mean, scale });
    else if (first.op !== 'input' || first.mean !== mean || first.scale !== scale)
      throw refusal(node, 'it reads the pixels in another way than the nodes before it');
    return 'pixels';
  }

  #value(node: GraphNode, index: number): Value {
    const value = this.#values.get(node.inputs[index] ?? '');
    if (value === undefined) throw refusal(node, `it has no input ${index + 1}`);
    return value;
  }

  #replace(convolution: Convolution, weights: Weights): void {
    this.#nodes[this.#nodes.indexOf(convolution)] = { ...convolution, ...weights };
  }

  #push(node: GraphNode, made: NetworkNode): void {
    this.#nodes.push(made);
    this.#give(node, { kind: 'features', name: made.name, padding: null });
  }

  #give(node: GraphNode, value: Value): void {
    this.#values.set(node.name, value);
  }
}

/** [batch, height, width, 3], where open sizes are −1. */
function fitsPicture([, height, width, channels]: readonly number[], imageSize: number): boolean {
  return channels === 3 && [height, width].every((size) => size === -1 || size === imageSize);
}
