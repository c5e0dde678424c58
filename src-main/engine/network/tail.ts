/**
 * The part of a network that learns: its nodes from a cut on, as variables.
 *
 * Context: fine-tuning changes some nodes and must leave every other byte as it is. Choice: only nodes behind the cut
 * become variables, and `withTail` builds the learned network from the very same objects before it. Cost: none.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cutAt } from './cut.ts';
import type { Noise } from './noise.ts';
import type { Network, NetworkNode, Parameter } from './network.ts';
import type { MeasuredMoments } from './batch-norm.ts';
import {
  isMeasured,
  isWeighted,
  mapParameters,
  parametersOf,
  type ByRole,
  type ParameterRole,
  type WeightedNode,
} from './parameters.ts';
import { InvalidNetworkError } from './shapes.ts';
import { forward, type ForwardOptions, type TrainingStep } from './tfjs.ts';

/** A node that learns. */
export interface TrainableNode {
  readonly node: WeightedNode;
  readonly name: string;
  readonly variables: readonly (readonly [ParameterRole, tf.Variable])[];
}

export interface TrainableTail {
  /** In the order of the network; the last layer, `logits`, is the last. */
  readonly nodes: readonly TrainableNode[];
  /** All values that training changes, node by node. The tail's: `dispose` frees them. */
  readonly variables: readonly tf.Variable[];
  /** Those that change by their gradient: all but what batch norms measure. */
  readonly learned: readonly tf.Variable[];
  /**
   * Runs the tail, under a gradient or not.
   *
   * @param input     what the tail reads, see `TailOptions.reads`: float32 [batch, height, width, channels] or [batch, features],
   *                  or pixels 0–255 of any dtype. Borrowed.
   * @param noise     of a step of training; absent: as it will be used, without dropout and with the means of batch norms.
   * @param onOutput  see `ForwardOptions.onOutput`.
   * @returns         float32 [batch, classes]. Owned by the caller.
   */
  logits(input: tf.Tensor, noise?: Noise, onOutput?: ForwardOptions['onOutput']): tf.Tensor2D;
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

export interface TailOptions {
  /** What comes in: the trunk's activations at the cut, or pixels, which the trunk's nodes turn into them in each step. */
  readonly reads: 'activations' | 'pixels';
}

/** Share of a batch norm's mean and variance that a step leaves as it was: with few steps an epoch, a tenth must do. */
const NORM_MOMENTUM = 0.9;

/**
 * Makes the nodes of a classifier from `cut` on trainable. They give the initial values.
 *
 * @param network  from pixels to `probabilities`.
 * @param cut      first node that learns; the first weighted node of all to train the whole network.
 * @param options  absent: pixels where the trunk is nothing but the input, else activations.
 * @throws EngineError `backbone/no-such-cut`.
 */
export function createTail(network: Network, cut: string, options?: TailOptions): TrainableTail {
  const { trunk, tail } = cutAt(network, cut);
  const [last] = trunk.nodes.slice(-1);
  const readsPixels = options ? options.reads === 'pixels' : last?.op === 'input';
  const nodes = tail.filter(isWeighted).map(makeTrainable);
  const variables = nodes.flatMap(({ variables: own }) => own.map(([, variable]) => variable));
  const learned = nodes.flatMap(({ variables: own }) => own.flatMap(([role, one]) => (isMeasured(role) ? [] : [one])));
  const byName = new Map(nodes.map((node) => [node.name, Object.fromEntries(node.variables)]));
  const trunkWeights = uploadedLater(trunk.nodes);
  const weights = <Node extends WeightedNode>(node: Node) =>
    (byName.get(node.name) ?? trunkWeights.of(node)) as ByRole<Node, tf.Tensor>; // as: made from the node's own roles
  const until = network.nodes.at(-2)?.name ?? ''; // the softmax belongs to the loss
  const place = readsPixels || last === undefined ? {} : { after: last.name };
  return {
    nodes,
    variables,
    learned,
    logits(input, noise, onOutput) {
      const step: TrainingStep | null = noise ? { noise, onMoments: follow } : null;
      const options: ForwardOptions = {
        ...place,
        until,
        weights,
        learns: true,
        isLearning: ({ name }) => byName.has(name),
        ...(step ? { step } : {}),
        ...(onOutput ? { onOutput } : {}),
      };
      return forward(network, input, options) as tf.Tensor2D; // as: a classifier ends in [classes]
    },
    weights: () => variables.map((from) => ({ shape: from.shape, values: Float32Array.from(from.dataSync()) })),
    load(values) {
      requireShapes(values, variables);
      variables.forEach((target, index) => assign(target, values[index] as Parameter)); // as many as variables, see above
    },
    dispose() {
      tf.dispose([...variables]);
      trunkWeights.dispose();
    },
  };

  /** A batch norm's own mean and variance follow those of the batches. */
  function follow({ name }: WeightedNode, moments: MeasuredMoments): void {
    const own = byName.get(name);
    for (const role of ['mean', 'variance'] as const) {
      const variable = own?.[role];
      variable?.assign(tf.add(tf.mul(variable, NORM_MOMENTUM), tf.mul(moments[role], 1 - NORM_MOMENTUM)));
    }
  }
}

/**
 * The whole classifier with what a tail learned.
 *
 * @param weights  as `TrainableTail.weights()` gives them for the same network and cut; used, not copied.
 * @returns        a new network; nodes before the cut, and those without weights, are the given network's own objects.
 * @throws InvalidNetworkError if the weights belong to another network or cut.
 */
export function withTail(network: Network, cut: string, weights: readonly Parameter[]): Network {
  const { trunk, tail } = cutAt(network, cut);
  const expected = tail.flatMap((node) => parametersOf(node).map(([, parameter]) => parameter));
  requireShapes(weights, expected);
  let next = 0;
  const learned = tail.map((node): NetworkNode => {
    if (!isWeighted(node)) return node;
    return mapParameters(node, () => weights[next++] as Parameter) as WeightedNode; // as: counted above; the node's own roles
  });
  return { nodes: [...trunk.nodes, ...learned] };
}

function makeTrainable(node: WeightedNode): TrainableNode {
  const variables = parametersOf(node).map(
    ([role, parameter]) => [role, variable(parameter, !isMeasured(role))] as const,
  );
  return { node, name: node.name, variables };
}

/** Weights of nodes that stay as they are, on the device from their first use on. */
function uploadedLater(nodes: readonly NetworkNode[]) {
  const uploaded = new Map<string, tf.NamedTensorMap>();
  return {
    of(node: WeightedNode): tf.NamedTensorMap {
      const known = uploaded.get(node.name);
      if (known) return known;
      if (!nodes.includes(node)) throw new Error(`Node "${node.name}" is not of this network`);
      const tensors = parametersOf(node).map(([role, { shape, values }]) => [
        role,
        tf.keep(tf.tensor(values, [...shape])),
      ]);
      const made = Object.fromEntries(tensors) as tf.NamedTensorMap; // as: tensors by role
      uploaded.set(node.name, made);
      return made;
    },
    dispose: () => uploaded.forEach((tensors) => tf.dispose(tensors)),
  };
}

/** In a tidy, since `tf.variable` copies what it is given and does not dispose of it. */
function variable({ shape, values }: Parameter, isTrainable: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, [...shape], 'float32'), isTrainable));
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
