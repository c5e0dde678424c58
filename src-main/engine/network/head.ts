import type { HeadSettings } from '../../contract/training.ts';
import { createRandom, type Random } from '../random.ts';
import { hiddenLayer } from './hidden-layer.ts';
import { initialWeights, zeros } from './initialise.ts';
import type { LinearHead, Network, NetworkNode } from './network.ts';
import { InvalidNetworkError, inferShapes } from './shapes.ts';

/**
 * Puts a linear classifier on a trunk: dense `logits`, then softmax `probabilities`.
 *
 * @param trunk  a network that ends in an embedding, [features].
 * @returns      a new network; parameters are shared with `trunk` and `head`.
 * @throws InvalidNetworkError if the head was made for another number of features.
 */
export function withHead(trunk: Network, head: LinearHead): Network {
  const embedding = trunk.nodes.at(-1)?.name;
  if (embedding === undefined) throw new InvalidNetworkError('A head needs a trunk of at least one node');
  const network: Network = { nodes: [...trunk.nodes, ...classifierNodes(embedding, head)] };
  inferShapes(network);
  return network;
}

export interface HeadShape {
  /** Name of the node that it reads. */
  readonly embedding: string;
  readonly featureCount: number;
  readonly classCount: number;
}

/** Keeps these draws apart from those that split, order and vary with the same seed; a linear head's are its stack's own. */
const STREAM = 1;

/**
 * A head as the settings describe it, untrained: hidden layers with dropout behind each, then `logits` and `probabilities`.
 * The last layer always begins with small weights, so that the first loss is near log(classes).
 *
 * @returns nodes in order, to be put behind `embedding`. Equal seeds give equal weights.
 */
export function headNodes(settings: HeadSettings, { embedding, featureCount, classCount }: HeadShape, seed: number) {
  const random = createRandom(seed, STREAM);
  const nodes: NetworkNode[] = [];
  let last = { name: embedding, channels: featureCount };
  if (settings.hidden.length === 0) last = { ...last, name: addDropout(nodes, last.name, settings) };
  for (const [index, units] of settings.hidden.entries()) {
    const { dropConnect } = settings;
    const sums = {
      name: `hidden_${index + 1}`,
      input: last.name,
      inChannels: last.channels,
      outChannels: units,
      dropConnect,
    };
    nodes.push(...hiddenLayer(sums, { ...settings, batchNorm: false }, random));
    last = { name: addDropout(nodes, nodes.at(-1)?.name ?? '', settings), channels: units };
  }
  nodes.push(...classifierNodes(last.name, smallHead(last.channels, classCount, random), settings.dropConnect));
  return nodes;
}

/** Whether a head is one product of matrices, without anything that training alone does: then it can be trained in a stack. */
export function isPlainLinear({ hidden, dropout, dropConnect }: HeadSettings): boolean {
  return hidden.length === 0 && dropout === 0 && dropConnect === 0;
}

/** N(0, 0.01²), as small weights give a first loss near log(classes). */
export function smallHead(featureCount: number, classCount: number, random: Random): LinearHead {
  return { kernel: initialWeights('small', [featureCount, classCount], random), bias: zeros([classCount]) };
}

function addDropout(nodes: NetworkNode[], input: string, { dropout, dropoutKind }: HeadSettings): string {
  if (dropout === 0) return input;
  const name = `${input}_dropout`;
  nodes.push({ op: 'dropout', name, inputs: [input], rate: dropout, isInverted: dropoutKind === 'inverted' });
  return name;
}

function classifierNodes(input: string, { kernel, bias }: LinearHead, dropConnect = 0): NetworkNode[] {
  const cut = dropConnect > 0 ? { dropConnect } : {};
  return [
    { op: 'dense', name: 'logits', inputs: [input], kernel, bias, ...cut },
    { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
  ];
}
