import { foldBatchNorm } from './fold-batch-norm.ts';
import type { BatchNormNode, Conv2dNode, DenseNode, Network, NetworkNode } from './network.ts';
import { InvalidNetworkError } from './shapes.ts';

/**
 * What a network is once training is over: batch norms folded into the convolutions before them, dropout and stochastic depth
 * gone, with their scale in the layer next to them. It answers as the network does without a training step, and every
 * export can hold it.
 *
 * @returns a new network; nodes that nothing changes are the same objects.
 * @throws InvalidNetworkError if a batch norm or a scale has no layer to go into.
 */
export function settle(network: Network): Network {
  return { nodes: [foldNorms, foldScales].reduce((nodes, fold) => fold(nodes), network.nodes) };
}

type Nodes = readonly NetworkNode[];

function foldNorms(nodes: Nodes): Nodes {
  return nodes.filter(({ op }) => op === 'batchNorm').reduce((left, norm) => foldNorm(left, norm.name), nodes);
}

function foldNorm(nodes: Nodes, name: string): Nodes {
  const norm = nodes.find((node): node is BatchNormNode => node.name === name && node.op === 'batchNorm');
  if (norm === undefined) return nodes;
  const before = onlySource(nodes, norm, ['conv2d', 'depthwiseConv2d']);
  if (before?.op !== 'conv2d' && before?.op !== 'depthwiseConv2d') throw homeless(norm);
  const { kernel, bias } = foldBatchNorm(before.kernel, before.bias, {
    gamma: norm.gamma.values,
    beta: norm.beta.values,
    mean: norm.mean.values,
    variance: norm.variance.values,
    epsilon: norm.epsilon,
  });
  return bypass(replace(nodes, before, { ...before, kernel, bias }), norm);
}

function foldScales(nodes: Nodes): Nodes {
  return nodes.reduce((left, { name }) => {
    const node = left.find((one) => one.name === name); // as it is after the folds so far
    if (node?.op === 'dense' && node.dropConnect !== undefined) {
      const { op, inputs, kernel, bias } = node;
      return replace(left, node, { op, name, inputs, kernel, bias });
    }
    if (node?.op === 'dropout') return foldScale(left, node, node.isInverted ? 1 : 1 - node.rate);
    return node?.op === 'stochasticDepth' ? foldScale(left, node, node.isInverted ? 1 : node.survival) : left;
  }, nodes);
}

/** Into the layer before where that is linear and read by nothing else, else into those that read it. */
function foldScale(nodes: Nodes, node: NetworkNode, scale: number): Nodes {
  if (scale === 1) return bypass(nodes, node);
  const before = onlySource(nodes, node, ['conv2d', 'dense']);
  if (before?.op === 'conv2d' || before?.op === 'dense')
    return bypass(replace(nodes, before, scaled(before, scale, true)), node);
  const readers = readersOf(nodes, node);
  if (readers.length === 0) throw homeless(node);
  return bypass(
    readers.reduce<Nodes>((left, reader) => {
      if (reader.op !== 'conv2d' && reader.op !== 'dense') throw homeless(node);
      return replace(left, reader, scaled(reader, scale, false));
    }, nodes),
    node,
  );
}

function scaled<Node extends Conv2dNode | DenseNode>(node: Node, scale: number, scalesBias: boolean): Node {
  const times = ({ shape, values }: Node['kernel']) => ({ shape, values: values.map((value) => value * scale) });
  return { ...node, kernel: times(node.kernel), bias: scalesBias ? times(node.bias) : node.bias };
}

/** The node that another reads, if it is of one of the kinds and nothing else reads it. */
function onlySource(nodes: Nodes, { inputs: [source] }: NetworkNode, kinds: readonly NetworkNode['op'][]) {
  const readers = nodes.filter(({ inputs }) => source !== undefined && inputs.includes(source));
  const before = nodes.find(({ name }) => name === source);
  return readers.length === 1 && before && kinds.includes(before.op) ? before : null;
}

/** What reads a node, seen through scales that are still to be folded. */
function readersOf(nodes: Nodes, { name }: NetworkNode): NetworkNode[] {
  const readers = nodes.filter(({ inputs }) => inputs.includes(name));
  return readers.flatMap((reader) => (isScale(reader) ? readersOf(nodes, reader) : [reader]));
}

function isScale({ op }: NetworkNode): boolean {
  return op === 'dropout' || op === 'stochasticDepth';
}

function replace(nodes: Nodes, old: NetworkNode, by: NetworkNode): Nodes {
  return nodes.map((node) => (node.name === old.name ? by : node));
}

/** Takes a node of one input out. */
function bypass(nodes: Nodes, gone: NetworkNode): Nodes {
  const [source = ''] = gone.inputs;
  return nodes
    .filter(({ name }) => name !== gone.name)
    .map((node) =>
      node.inputs.includes(gone.name)
        ? { ...node, inputs: node.inputs.map((input) => (input === gone.name ? source : input)) }
        : node,
    );
}

function homeless(node: NetworkNode): InvalidNetworkError {
  return new InvalidNetworkError(`Node "${node.name}" (${node.op}) has no convolution or dense layer to go into`);
}
