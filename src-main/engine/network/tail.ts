/**
 * The part of a network that learns: its nodes from a cut on, and a linear head on its embedding, as variables.
 *
 * Context: fine-tuning changes some nodes and must leave every other byte as it is. Choice: only nodes behind the cut
 * become variables, and `withTail` builds the learned network from the very same objects before it. Cost: none.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cutAt } from './cut.ts';
import { withHead } from './head.ts';
import type { LinearHead, Network, NetworkNode, Parameter } from './network.ts';
import { InvalidNetworkError } from './shapes.ts';
import { forward, type WeightedNode } from './tfjs.ts';

/** A node that learns. */
export interface TrainableNode {
  readonly name: string;
  readonly kernel: tf.Variable;
  readonly bias: tf.Variable;
}

export interface TrainableTail {
  /** In the order of the network; the head, `logits`, is the last. */
  readonly nodes: readonly TrainableNode[];
  /** Kernel and bias of each node, in the order of `nodes`. The tail's: `dispose` frees them. */
  readonly variables: readonly tf.Variable[];
  /**
   * Runs tail and head, under a gradient or not.
   *
   * @param input  float32 [batch, height, width, channels], what the trunk gives at the cut. Where the trunk is nothing
   *               but the input node: pixels 0–255, any dtype, which the tail scales itself. Borrowed.
   * @returns      float32 [batch, classes]. Owned by the caller.
   */
  logits(input: tf.Tensor): tf.Tensor2D;
  /** Copies of the variables' values, in their order. */
  weights(): Parameter[];
  /**
   * Sets all variables.
   *
   * @param weights  as from `weights()`. Borrowed.
   * @throws InvalidNetworkError if there are more or fewer, or if a shape differs.
   */
  load(weights: readonly Parameter[]): void;
  dispose(): void;
}

/**
 * Makes the nodes of a backbone from `cut` on, and a head on its embedding, trainable. Both give the initial values.
 *
 * @param backbone  a network that ends in an embedding, [features].
 * @param cut       first node that learns; the first weighted node of all to train the whole network.
 * @throws EngineError `backbone/no-such-cut`; InvalidNetworkError if the head was made for another number of features.
 */
export function createTail(backbone: Network, cut: string, head: LinearHead): TrainableTail {
  const { network, learning, after } = parts(backbone, cut, head);
  const nodes = learning.map(({ name, kernel, bias }) => ({ name, kernel: variable(kernel), bias: variable(bias) }));
  const variables = nodes.flatMap(({ kernel, bias }) => [kernel, bias]);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const weights = ({ name }: WeightedNode): TrainableNode => {
    const node = byName.get(name);
    if (!node) throw new Error(`Node "${name}" lies before the cut "${cut}"`);
    return node;
  };
  const options = { until: 'logits', weights, learns: true, ...(after === null ? {} : { after }) };
  return {
    nodes,
    variables,
    logits: (input) => forward(network, input, options) as tf.Tensor2D, // as: a head ends in [classes], see withHead
    weights: () => variables.map((from) => ({ shape: from.shape, values: Float32Array.from(from.dataSync()) })),
    load(values) {
      requireShapes(values, variables);
      variables.forEach((target, index) => assign(target, values[index] as Parameter)); // as many as variables, see above
    },
    dispose: () => tf.dispose([...variables]),
  };
}

/**
 * The whole classifier, from pixels to `probabilities`, with what a tail learned.
 *
 * @param weights  as `TrainableTail.weights()` gives them for the same backbone and cut; used, not copied.
 * @returns        a new network; nodes before the cut, and those without weights, are the backbone's own objects.
 * @throws InvalidNetworkError if the weights belong to another network or cut.
 */
export function withTail(backbone: Network, cut: string, weights: readonly Parameter[]): Network {
  const [kernel, bias] = weights.slice(-2);
  if (!kernel || !bias) throw new InvalidNetworkError('A tail needs at least the kernel and the bias of its head');
  const { trunk, tail } = cutAt(backbone, cut);
  const learning = tail.filter(isWeighted);
  requireShapes(weights, [...learning.flatMap(({ kernel: k, bias: b }) => [k, b]), kernel, bias]);
  const learned = new Map<NetworkNode, NetworkNode>(
    learning.map((node, index) => {
      const [ownKernel, ownBias] = weights.slice(2 * index, 2 * index + 2) as [Parameter, Parameter]; // counted above
      return [node, { ...node, kernel: ownKernel, bias: ownBias }];
    }),
  );
  const nodes = [...trunk.nodes, ...tail.map((node) => learned.get(node) ?? node)];
  return withHead({ nodes }, { kernel, bias });
}

/** @returns `after`: the node whose output the tail reads; null where that would be the bare input, so it reads pixels. */
function parts(backbone: Network, cut: string, head: LinearHead) {
  const { trunk, tail } = cutAt(backbone, cut);
  const network = withHead(backbone, head);
  const logits = network.nodes.at(-2) as NetworkNode; // withHead ends in logits and softmax
  const last = trunk.nodes.at(-1);
  return {
    network,
    learning: [...tail, logits].filter(isWeighted),
    after: last === undefined || last.op === 'input' ? null : last.name,
  };
}

function isWeighted(node: NetworkNode): node is WeightedNode {
  return 'kernel' in node;
}

/** In a tidy, since `tf.variable` copies what it is given and does not dispose of it. */
function variable({ shape, values }: Parameter): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, [...shape], 'float32')));
}

function assign(target: tf.Variable, { shape, values }: Parameter): void {
  tf.tidy(() => target.assign(tf.tensor(values, [...shape], 'float32')));
}

function requireShapes(
  weights: readonly Parameter[],
  expected: readonly { readonly shape: readonly number[] }[],
): void {
  const show = (all: typeof expected) => all.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  if (show(weights) !== show(expected))
    throw new InvalidNetworkError(`The weights of a tail are ${show(weights)}; this network needs ${show(expected)}`);
}
