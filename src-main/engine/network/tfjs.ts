/** A network in tfjs core ops, on the backend that is set: how it trains, and how it runs where ONNX Runtime cannot. */
import * as tf from '@tensorflow/tfjs-core';
import { fusedActivation } from './fused-activation.ts';
import { learningConvolution, type LayerInputs } from './learning-layer.ts';
import type { Network, NetworkNode } from './network.ts';
import type { Noise } from './noise.ts';
import { runNode } from './operations.ts';
import type { MeasuredMoments } from './batch-norm.ts';
import { isWeighted, mapParameters, type ByRole, type WeightedNode } from './parameters.ts';

/** Nodes whose kernels do the ReLU that follows. */
const FUSABLE = ['conv2d', 'depthwiseConv2d'] as const;

/** A node's parameters as tensors: constants while it is frozen, `tf.Variable`s while it trains. */
export type WeightLookup = <Node extends WeightedNode>(node: Node) => ByRole<Node, tf.Tensor>;

/** What happens in a step of training alone. */
export interface TrainingStep {
  readonly noise: Noise;
  /** Takes the batch's mean and variance at a batch norm; within the gradient's tidy. */
  readonly onMoments: (node: WeightedNode, moments: MeasuredMoments) => void;
}

export interface ForwardOptions {
  /** Last node to compute; absent: the network's last. */
  readonly until?: string;
  /** Node whose output `input` already is, so that only nodes after it run; absent: `input` are pixels. */
  readonly after?: string;
  /** Where parameters come from; absent: uploaded anew from the nodes in each call. See `uploadWeights`. Borrowed. */
  readonly weights?: WeightLookup;
  /**
   * Whether a gradient of the weights is wanted: then convolutions take their own short way there (`learningConvolution`).
   * There is no gradient by `input` in this case.
   */
  readonly learns?: boolean;
  /** Whether a node's parameters learn, where some of those that run do not; absent: all do. */
  readonly isLearning?: (node: WeightedNode) => boolean;
  /** Absent: dropout, batch norm and the like do what they do once training is over. */
  readonly step?: TrainingStep;
  /** Sees each node's output as it is computed; of a convolution with a fused activation, the activation's. Borrowed. */
  readonly onOutput?: (node: NetworkNode, output: tf.Tensor) => void;
}

/**
 * Runs a network.
 *
 * A bias and a ReLU that follow a convolution are fused into it; under a gradient, without `learns`, tfjs itself takes the
 * two-step way, since a fused ReLU6 has no gradient. Pointwise convolutions run as one matMul: the same numbers, and half the time
 * of a training step on the native backend (design.md, "Speed").
 *
 * @param input  pixels 0–255, RGB [batch, height, width, 3], any dtype; with `after`, that node's output. Borrowed.
 * @returns      the output of `until`. Owned by the caller.
 */
export function forward(network: Network, input: tf.Tensor, options: ForwardOptions = {}): tf.Tensor {
  const { until, after, weights = upload, learns = false, isLearning = () => true, step, onOutput } = options;
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
      const fused = index + 1 < end ? fusedActivation(network, index, FUSABLE) : null;
      const isOwn = learns && isWeighted(node) && isLearning(node);
      if (isOwn && (node.op === 'conv2d' || node.op === 'depthwiseConv2d')) {
        const inputs = { x: read(node, 0), ...weights(node) } as LayerInputs; // inferShapes holds ranks
        last = learningConvolution(node, inputs, fused?.activation ?? null, hasLearningBefore);
      } else {
        last = runNode(node, { read, input, weights, fused: fused?.activation ?? null, step });
      }
      hasLearningBefore ||= isOwn;
      if (fused) index++;
      outputs.set(fused?.name ?? node.name, last);
      onOutput?.(fused ?? node, last);
    }
    return last === input ? input.clone() : last;
  });
}

/**
 * Uploads a network's weights once, for many calls of `forward`.
 *
 * @returns the lookup, and `dispose`, which frees the tensors.
 */
export function uploadWeights(network: Network): { weights: WeightLookup; dispose(): void } {
  const uploaded = new Map<NetworkNode, unknown>();
  for (const node of network.nodes) if (isWeighted(node)) uploaded.set(node, upload(node));
  return {
    weights: <Node extends WeightedNode>(node: Node) =>
      (uploaded.get(node) as ByRole<Node, tf.Tensor> | undefined) ?? upload(node), // as: uploaded from the node itself
    dispose: () => uploaded.forEach((tensors) => tf.dispose(tensors as tf.NamedTensorMap)), // as: by role, see upload
  };
}

function upload<Node extends WeightedNode>(node: Node): ByRole<Node, tf.Tensor> {
  return mapParameters(node, ({ shape, values }): tf.Tensor => tf.tensor(values, [...shape], 'float32'));
}

function indexOf(network: Network, name: string): number {
  const index = network.nodes.findIndex((node) => node.name === name);
  if (index < 0) throw new Error(`The network has no node "${name}"`);
  return index;
}
