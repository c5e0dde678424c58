import type { HiddenActivation, Initialisation } from '../../contract/training.ts';
import type { Random } from '../random.ts';
import { initialWeights, ones, preluSlopes, zeros } from './initialise.ts';
import type { BatchNormNode, NetworkNode } from './network.ts';

/** What a hidden layer is made of. */
export interface LayerStyle {
  readonly activation: HiddenActivation;
  readonly maxoutBranches: number;
  readonly initialisation: Initialisation;
  readonly batchNorm: boolean;
}

/** A layer's sums: dense, or a convolution of `size` × `size` taps. */
export interface LayerSums {
  readonly name: string;
  /** Node that it reads. */
  readonly input: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly convolution?: { readonly size: number; readonly stride: number };
  readonly dropConnect?: number;
}

/** Keras' default; what the norm divides by is never 0. */
const EPSILON = 1e-3;

/** Sums, and their batch norm where the style has one. The last node's output is the layer's. */
export function sumNodes(sums: LayerSums, style: LayerStyle, random: Random): NetworkNode[] {
  const { name, input, inChannels, outChannels, convolution, dropConnect = 0 } = sums;
  const bias = zeros([outChannels]);
  const weightsOf = (shape: readonly number[]) => initialWeights(style.initialisation, shape, random);
  const node: NetworkNode = convolution
    ? {
        op: 'conv2d',
        name,
        inputs: [input],
        stride: convolution.stride,
        kernel: weightsOf([convolution.size, convolution.size, inChannels, outChannels]),
        bias,
      }
    : {
        op: 'dense',
        name,
        inputs: [input],
        kernel: weightsOf([inChannels, outChannels]),
        bias,
        ...(dropConnect > 0 ? { dropConnect } : {}),
      };
  return style.batchNorm ? [node, batchNorm(name, outChannels)] : [node];
}

/**
 * A hidden layer: sums and what they go through. A Maxout layer has as many sums as branches, and so many times the weights.
 * The first node has the layer's name, so that a network can be cut there.
 *
 * @param random  borrowed.
 * @returns       nodes in order; the last one's output is the layer's.
 */
export function hiddenLayer(sums: LayerSums, style: LayerStyle, random: Random): NetworkNode[] {
  const { name, outChannels } = sums;
  if (style.activation === 'maxout') {
    const branches = Array.from({ length: style.maxoutBranches }, (_, index) =>
      sumNodes({ ...sums, name: index === 0 ? name : `${name}_branch_${index + 1}` }, style, random),
    );
    const ends = branches.map((nodes) => nodes.at(-1)?.name ?? '');
    const maxima = ends.slice(1).map((end, index): NetworkNode => {
      const other = index === 0 ? (ends[0] ?? '') : `${name}_max_${index}`;
      return { op: 'maximum', name: `${name}_max_${index + 1}`, inputs: [other, end] };
    });
    return [...branches.flat(), ...maxima];
  }
  const nodes = sumNodes(sums, style, random);
  const input = nodes.at(-1)?.name ?? name;
  return [...nodes, activationNode(style.activation, { name, input, channels: outChannels })];
}

/** One node that applies an activation; a Maxout has none of its own, where sums come from elsewhere it is a ReLU. */
export function activationNode(
  activation: HiddenActivation,
  { name, input, channels }: { readonly name: string; readonly input: string; readonly channels: number },
): NetworkNode {
  const inputs = [input];
  if (activation === 'prelu') return { op: 'prelu', name: `${name}_prelu`, inputs, slope: preluSlopes(channels) };
  const pointwise = activation === 'maxout' ? 'relu' : activation;
  return { op: 'activation', name: `${name}_${pointwise}`, inputs, activation: pointwise };
}

function batchNorm(name: string, channels: number): BatchNormNode {
  return {
    op: 'batchNorm',
    name: `${name}_norm`,
    inputs: [name],
    gamma: ones([channels]),
    beta: zeros([channels]),
    mean: zeros([channels]),
    variance: ones([channels]),
    epsilon: EPSILON,
  };
}
