import * as tf from '@tensorflow/tfjs-core';
import { learningConvolution, type LayerInputs } from './learning-layer.ts';
import type {
  Activation,
  ActivationNode,
  Conv2dNode,
  DenseNode,
  DepthwiseConv2dNode,
  Network,
  NetworkNode,
} from './network.ts';

/** A node with weights. */
export type WeightedNode = Conv2dNode | DepthwiseConv2dNode | DenseNode;

/** A node's weights as tensors: constants while it is frozen, `tf.Variable`s while it trains. */
export interface WeightTensors {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor;
}

export interface ForwardOptions {
  /** Last node to compute; absent: the network's last. */
  readonly until?: string;
  /** Node whose output `input` already is, so that only nodes after it run; absent: `input` are pixels. */
  readonly after?: string;
  /** Where weights come from; absent: uploaded anew from the nodes in each call. See `uploadWeights`. Borrowed. */
  readonly weights?: (node: WeightedNode) => WeightTensors;
  /**
   * Whether a gradient of the weights is wanted: then convolutions take their own short way there (`learningConvolution`).
   * There is no gradient by `input` in this case.
   */
  readonly learns?: boolean;
}

/**
 * Runs a network in tfjs core ops, on the backend that is set.
 *
 * A bias and a ReLU that follow a convolution are fused into it; under a gradient, without `learns`, tfjs itself takes the
 * two-step way, since a fused ReLU6 has no gradient. Pointwise convolutions run as one matMul: the same numbers, and half the time
 * of a training step on the native backend (design.md, "Speed").
 *
 * @param input  pixels 0–255, RGB [batch, height, width, 3], any dtype; with `after`, that node's output. Borrowed.
 * @returns      the output of `until`. Owned by the caller.
 */
export function forward(network: Network, input: tf.Tensor, options: ForwardOptions = {}): tf.Tensor {
  const { until, after, weights = upload, learns = false } = options;
  const start = after === undefined ? 0 : indexOf(network, after) + 1;
  const end = until === undefined ? network.nodes.length : indexOf(network, until) + 1;
  if (start > end) throw new Error(`Node "${until ?? ''}" lies before "${after ?? ''}": nothing would run`);
  return tf.tidy(() => {
    let last = input;
    let hasLearningBefore = false;
    const outputs = new Map<string, tf.Tensor>(after === undefined ? [] : [[after, input]]);
    const read = (node: NetworkNode, index: number): tf.Tensor => {
      const name = node.inputs[index] ?? '';
      const output = outputs.get(name);
      if (!output) throw new Error(`Node "${node.name}" reads "${name}", which lies before "${after ?? ''}"`);
      return output;
    };
    for (let index = start; index < end; index++) {
      const node = network.nodes[index] as NetworkNode; // within bounds
      const fused = index + 1 < end ? fusedActivation(network, index) : null;
      const activation = fused?.activation ?? null;
      if (learns && (node.op === 'conv2d' || node.op === 'depthwiseConv2d')) {
        const inputs = { x: read(node, 0), ...weights(node) } as LayerInputs; // inferShapes holds ranks
        last = learningConvolution(node, inputs, activation, hasLearningBefore);
        hasLearningBefore = true;
      } else {
        last = run(node, read, input, weights, activation);
      }
      if (fused) index++;
      outputs.set(fused?.name ?? node.name, last);
    }
    return last === input ? input.clone() : last;
  });
}

/**
 * Uploads a network's weights once, for many calls of `forward`.
 *
 * @returns the lookup, and `dispose`, which frees the tensors.
 */
export function uploadWeights(network: Network): { weights: (node: WeightedNode) => WeightTensors; dispose(): void } {
  const uploaded = new Map<WeightedNode, WeightTensors>();
  for (const node of network.nodes) if ('kernel' in node) uploaded.set(node, upload(node));
  return {
    weights: (node) => uploaded.get(node) ?? upload(node),
    dispose: () => uploaded.forEach(({ kernel, bias }) => tf.dispose([kernel, bias])),
  };
}

function upload({ kernel, bias }: WeightedNode): WeightTensors {
  return {
    kernel: tf.tensor(kernel.values, [...kernel.shape], 'float32'),
    bias: tf.tensor(bias.values, [...bias.shape], 'float32'),
  };
}

function run(
  node: NetworkNode,
  read: (node: NetworkNode, index: number) => tf.Tensor,
  input: tf.Tensor,
  weights: (node: WeightedNode) => WeightTensors,
  fused: Activation | null,
): tf.Tensor {
  switch (node.op) {
    case 'input':
      return tf.mul(tf.sub(tf.cast(input, 'float32'), node.mean), node.scale);
    case 'conv2d':
    case 'depthwiseConv2d':
      return convolve(node, read(node, 0) as tf.Tensor4D, weights(node), fused ?? 'linear'); // inferShapes holds ranks
    case 'activation':
      return node.activation === 'relu6' ? tf.relu6(read(node, 0)) : tf.relu(read(node, 0));
    case 'add':
      return tf.add(read(node, 0), read(node, 1));
    case 'globalAveragePool':
      return tf.mean(read(node, 0), [1, 2]);
    case 'dense': {
      const { kernel, bias } = weights(node);
      return tf.fused.matMul({ a: read(node, 0), b: kernel, bias });
    }
    case 'softmax':
      return tf.softmax(read(node, 0));
  }
}

function convolve(
  node: Conv2dNode | DepthwiseConv2dNode,
  x: tf.Tensor4D,
  { kernel, bias }: WeightTensors,
  activation: Activation | 'linear',
): tf.Tensor {
  const filter = kernel as tf.Tensor4D; // its shape is checked when the network is made
  const [rows, columns, inChannels, outChannels] = filter.shape;
  if (node.op === 'depthwiseConv2d')
    return tf.fused.depthwiseConv2d({ x, filter, strides: node.stride, pad: 'same', bias, activation });
  if (rows !== 1 || columns !== 1 || node.stride !== 1)
    return tf.fused.conv2d({ x, filter, strides: node.stride, pad: 'same', bias, activation });
  const pixels = tf.reshape(x, [-1, inChannels]);
  const mixed = tf.fused.matMul({ a: pixels, b: tf.reshape(filter, [inChannels, outChannels]), bias, activation });
  return tf.reshape(mixed, [...x.shape.slice(0, 3), outChannels]);
}

/** The activation right after a convolution, if nothing else reads the convolution's own output. */
function fusedActivation(network: Network, index: number): ActivationNode | null {
  const node = network.nodes[index];
  const next = network.nodes[index + 1];
  if ((node?.op !== 'conv2d' && node?.op !== 'depthwiseConv2d') || next?.op !== 'activation') return null;
  const readers = network.nodes.filter(({ inputs }) => inputs.includes(node.name));
  return readers.length === 1 && readers[0] === next ? next : null;
}

function indexOf(network: Network, name: string): number {
  const index = network.nodes.findIndex((node) => node.name === name);
  if (index < 0) throw new Error(`The network has no node "${name}"`);
  return index;
}
