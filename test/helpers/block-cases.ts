/** The single blocks of make_blocks.py, by name. */
import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATIONS, type Network, type NetworkNode, type Parameter } from '../../src-main/engine/network/network.ts';
import {
  isMeasured,
  mapParameters,
  parametersOf,
  type ByRole,
  type WeightedNode,
} from '../../src-main/engine/network/parameters.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { FORMULA_NOISE, sequenceParameter, sequenceTensor } from './formula.ts';

const PICTURES = [2, 5, 6, 3];
const FEATURES = [5, 4];

/** One case of the script: nodes behind one named "x". */
interface Block {
  readonly nodes: readonly NetworkNode[];
  /** The input is sequence(1) · scale + shift. */
  readonly shape?: readonly number[];
  readonly scale?: number;
  readonly shift?: number;
}

/** By the names of the script, without its ", training". */
export const BLOCKS: Readonly<Record<string, Block>> = {
  ...Object.fromEntries(
    ACTIVATIONS.map((activation) => [
      activation,
      { nodes: [{ op: 'activation', name: 'f', inputs: ['x'], activation }], scale: 7 },
    ]),
  ),
  prelu: { nodes: [{ op: 'prelu', name: 'prelu', inputs: ['x'], slope: sequenceParameter(10, [3]) }] },
  'prelu of features': {
    nodes: [{ op: 'prelu', name: 'prelu', inputs: ['x'], slope: sequenceParameter(10, [4]) }],
    shape: FEATURES,
  },
  maxout: {
    nodes: [dense('a', 11), dense('b', 13), { op: 'maximum', name: 'max', inputs: ['a', 'b'] }],
    shape: FEATURES,
  },
  offset: {
    nodes: [{ op: 'offset', name: 'offset', inputs: ['x'], offset: sequenceParameter(15, PICTURES.slice(1)) }],
  },
  'pointwise, stride 1': { nodes: [pointwise(1)] },
  'pointwise, stride 2': { nodes: [pointwise(2)] },
  maxPool: { nodes: [{ op: 'maxPool', name: 'pool', inputs: ['x'], size: 2 }] },
  'maxPool of negatives': { nodes: [{ op: 'maxPool', name: 'pool', inputs: ['x'], size: 2 }], shift: -3 },
  fractionalMaxPool: { nodes: [{ op: 'fractionalMaxPool', name: 'pool', inputs: ['x'], ratio: 1.5, phase: 0.5 }] },
  'dropout plain': { nodes: [{ op: 'dropout', name: 'drop', inputs: ['x'], rate: 0.4, isInverted: false }] },
  'dropout inverted': { nodes: [{ op: 'dropout', name: 'drop', inputs: ['x'], rate: 0.4, isInverted: true }] },
  dropConnect: { nodes: [{ ...dense('dense', 18), dropConnect: 0.4 }], shape: FEATURES },
  'stochasticDepth kept': { nodes: [{ op: 'stochasticDepth', name: 'kept', inputs: ['x'], survival: 0.7 }] },
  'stochasticDepth gone': { nodes: [{ op: 'stochasticDepth', name: 'gone', inputs: ['x'], survival: 0.7 }] },
  stochasticDepth: { nodes: [{ op: 'stochasticDepth', name: 'kept', inputs: ['x'], survival: 0.7 }] },
  batchNorm: {
    nodes: [
      {
        op: 'batchNorm',
        name: 'norm',
        inputs: ['x'],
        gamma: aroundOne(20),
        beta: sequenceParameter(21, [3]),
        mean: sequenceParameter(22, [3]),
        variance: aroundOne(23),
        epsilon: 1e-3,
      },
    ],
    scale: 2,
    shift: 3,
  },
};

/** Value and gradients of Σ y · sequence(3), on the backend that is set. */
export function runBlock(title: string) {
  const isTraining = title.endsWith(', training');
  const { network, input } = blockNetwork(BLOCKS[title.replace(', training', '')]!);
  const step = { noise: FORMULA_NOISE, onMoments: () => {} };
  const parameters = learnedParameters(network);
  return tf.tidy(() => {
    const keys = Object.keys(parameters);
    const compute = (x: tf.Tensor, ...values: tf.Tensor[]) =>
      forward(network, x, {
        after: 'x',
        weights: lookUp(Object.fromEntries(keys.map((key, index) => [key, values[index]!]))),
        ...(isTraining ? { step } : {}),
      });
    const tensors = Object.values(parameters).map(({ shape, values }) => tf.tensor(values, [...shape]));
    const x = input();
    const y = compute(x, ...tensors);
    const dy = sequenceTensor(3, y.shape);
    const product = (...given: tf.Tensor[]) => tf.sum(tf.mul(compute(...(given as [tf.Tensor])), dy)); // as: x is first
    const [ofX, ...ofWeights] = tf
      .grads(product)([x, ...tensors])
      .map((gradient) => gradient.dataSync());
    const gradients = Object.fromEntries(keys.map((key, index) => [key, ofWeights[index]!]));
    return { output: y.dataSync(), inputGradient: ofX!, gradients };
  });
}

/** Nodes behind one named "x", and what they read. The input is the caller's. */
export function blockNetwork({ nodes, shape = PICTURES, scale = 1, shift = 0 }: Block) {
  const network: Network = {
    nodes: [{ op: 'input', name: 'x', inputs: [], shape: [5, 6, 3], mean: 0, scale: 1 }, ...nodes],
  };
  return { network, input: () => tf.add(sequenceTensor(1, shape, scale), shift) };
}

function learnedParameters({ nodes }: Network): Record<string, Parameter> {
  const all = nodes.flatMap((node) =>
    parametersOf(node).flatMap(([role, parameter]) =>
      isMeasured(role) ? [] : [[`${node.name}/${role}`, parameter] as const],
    ),
  );
  return Object.fromEntries(all);
}

/** Weights by "node/role", and the node's own where none are given. */
function lookUp(given: Readonly<Record<string, tf.Tensor>>) {
  return <Node extends WeightedNode>(node: Node) =>
    mapParameters(
      node,
      ({ shape, values }, role) => given[`${node.name}/${role}`] ?? tf.tensor(values, [...shape]),
    ) as ByRole<Node, tf.Tensor>; // as: the node's own roles
}

function dense(name: string, seed: number) {
  const [kernel, bias] = [sequenceParameter(seed, [4, 3]), sequenceParameter(seed + 1, [3])];
  return { op: 'dense', name, inputs: ['x'], kernel, bias } as const;
}

function pointwise(stride: number): NetworkNode {
  const [kernel, bias] = [sequenceParameter(16, [1, 1, 3, 4]), sequenceParameter(17, [4])];
  return { op: 'conv2d', name: 'conv', inputs: ['x'], stride, kernel, bias };
}

function aroundOne(seed: number): Parameter {
  const { shape, values } = sequenceParameter(seed, [3], 0.5);
  return { shape, values: values.map((value) => 1 + value) };
}
