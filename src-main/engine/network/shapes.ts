import { pooledSize } from './fractional-pool.ts';
import type { Network, NetworkNode, Parameter } from './network.ts';

/** A network that cannot run: a bug in an importer or a damaged file. Loaders turn it into an error the user can act on. */
export class InvalidNetworkError extends Error {
  override readonly name = 'InvalidNetworkError';
}

/** Of values or weights that a step cuts: what is left is scaled up by 1 / (1 − rate). */
const LARGEST_RATE = 0.999;

/** Without the batch: [height, width, channels] for pictures, [features] after pooling. */
export type Shape = readonly number[];

/**
 * Works out the shape of every node's output, and with it checks that the network can run.
 *
 * @returns  by node name, in the network's order; the batch is left out.
 * @throws InvalidNetworkError naming the node, what it got and what it needs.
 */
export function inferShapes(network: Network): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  network.nodes.forEach((node, index) => {
    if (shapes.has(node.name)) throw new InvalidNetworkError(`Two nodes are named "${node.name}"; names must differ`);
    if ((node.op === 'input') !== (index === 0))
      throw new InvalidNetworkError(`Node "${node.name}": the first node, and no other, must be the input`);
    const inputs = node.inputs.map((name) => {
      const shape = shapes.get(name);
      if (!shape) throw new InvalidNetworkError(`Node "${node.name}" takes "${name}", which no node before it gives`);
      return shape;
    });
    shapes.set(node.name, outputShape(node, inputs));
  });
  if (shapes.size === 0) throw new InvalidNetworkError('A network needs at least its input node');
  return shapes;
}

/**
 * Shape of what the whole network gives, without the batch.
 *
 * @throws InvalidNetworkError if the network cannot run.
 */
export function finalShape(network: Network): Shape {
  return [...inferShapes(network).values()].at(-1) ?? [];
}

/** Zeros that TensorFlow's SAME puts before and after one axis; the odd one goes to the end. */
export function samePadding(size: number, kernel: number, stride: number): readonly [before: number, after: number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function outputShape(node: NetworkNode, inputs: readonly Shape[]): Shape {
  const arity = node.op === 'input' ? 0 : node.op === 'add' || node.op === 'maximum' ? 2 : 1;
  if (inputs.length !== arity)
    throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) takes ${arity} inputs and got ${inputs.length}`);
  switch (node.op) {
    case 'input':
      requirePositive(node, 'shape', node.shape);
      if (!Number.isFinite(node.mean) || !Number.isFinite(node.scale) || node.scale === 0)
        throw new InvalidNetworkError(`Node "${node.name}": mean and scale must be finite, and scale not 0`);
      return node.shape;
    case 'conv2d':
    case 'depthwiseConv2d': {
      const [height = 0, width = 0, channels = 0] = requireRank(node, inputs, 3);
      requirePositive(node, 'stride', [node.stride]);
      const [rows = 0, columns = 0, inChannels = 0, last = 0] = node.kernel.shape;
      const outChannels = node.op === 'conv2d' ? last : inChannels;
      requireParameter(node, 'kernel', node.kernel, [rows, columns, channels, node.op === 'conv2d' ? outChannels : 1]);
      requireParameter(node, 'bias', node.bias, [outChannels]);
      return [Math.ceil(height / node.stride), Math.ceil(width / node.stride), outChannels];
    }
    case 'dense': {
      const [features = 0] = requireRank(node, inputs, 1);
      const units = node.kernel.shape[1] ?? 0;
      requireParameter(node, 'kernel', node.kernel, [features, units]);
      requireParameter(node, 'bias', node.bias, [units]);
      requireWithin(node, 'dropConnect', node.dropConnect ?? 0, { from: 0, to: LARGEST_RATE });
      return [units];
    }
    case 'globalAveragePool':
      return requireRank(node, inputs, 3).slice(2);
    case 'softmax':
      return requireRank(node, inputs, 1);
    case 'activation':
      return inputs[0] ?? [];
    case 'prelu':
      return requireByChannel(node, inputs, { slope: node.slope });
    case 'offset': {
      const shape = inputs[0] ?? [];
      requireParameter(node, 'offset', node.offset, shape);
      return shape;
    }
    case 'batchNorm': {
      const { gamma, beta, mean, variance } = node;
      requireWithin(node, 'epsilon', node.epsilon, { above: 0, to: 1 });
      requireWithin(node, 'variance', Math.min(...variance.values), { from: 0 });
      return requireByChannel(node, inputs, { gamma, beta, mean, variance });
    }
    case 'maxPool': {
      const [height = 0, width = 0, channels = 0] = requireRank(node, inputs, 3);
      requirePositive(node, 'size', [node.size]);
      const pooled = [Math.floor(height / node.size), Math.floor(width / node.size)];
      requirePositive(node, 'pooled size', pooled);
      return [...pooled, channels];
    }
    case 'fractionalMaxPool': {
      const [height = 0, width = 0, channels = 0] = requireRank(node, inputs, 3);
      requireWithin(node, 'ratio', node.ratio, { above: 1, to: 2 });
      requireWithin(node, 'phase', node.phase, { from: 0, to: 1 });
      return [pooledSize(height, node.ratio), pooledSize(width, node.ratio), channels];
    }
    case 'dropout':
      requireWithin(node, 'rate', node.rate, { from: 0, to: LARGEST_RATE });
      return inputs[0] ?? [];
    case 'stochasticDepth':
      requireWithin(node, 'survival', node.survival, { above: 0, to: 1 });
      return inputs[0] ?? [];
    case 'add':
    case 'maximum': {
      const [first = [], second = []] = inputs;
      if (show(first) !== show(second))
        throw new InvalidNetworkError(
          `Node "${node.name}" (${node.op}) takes ${show(first)} and ${show(second)}; they must be equal`,
        );
      return first;
    }
  }
}

function requireRank(node: NetworkNode, inputs: readonly Shape[], rank: number): Shape {
  const shape = inputs[0] ?? [];
  if (shape.length === rank) return shape;
  const needed = rank === 3 ? '[height, width, channels]' : '[features]';
  throw new InvalidNetworkError(`Node "${node.name}" (${node.op}) needs ${needed} and got ${show(shape)}`);
}

function requireParameter(node: NetworkNode, role: string, parameter: Parameter, shape: Shape): void {
  requirePositive(node, `${role} shape`, parameter.shape);
  if (show(parameter.shape) !== show(shape))
    throw new InvalidNetworkError(
      `Node "${node.name}" (${node.op}): its ${role} is ${show(parameter.shape)}; its input calls for ${show(shape)}`,
    );
  const count = shape.reduce((product, size) => product * size, 1);
  if (parameter.values.length !== count)
    throw new InvalidNetworkError(
      `Node "${node.name}": ${role} ${show(shape)} needs ${count} values and has ${parameter.values.length}`,
    );
}

/** One value a channel, of whatever comes in. */
function requireByChannel(
  node: NetworkNode,
  inputs: readonly Shape[],
  parameters: Readonly<Record<string, Parameter>>,
): Shape {
  const shape = inputs[0] ?? [];
  for (const [role, parameter] of Object.entries(parameters))
    requireParameter(node, role, parameter, [shape.at(-1) ?? 0]);
  return shape;
}

function requireWithin(
  node: NetworkNode,
  what: string,
  value: number,
  { from, above, to }: { readonly from?: number; readonly above?: number; readonly to?: number },
): void {
  if (value >= (from ?? -Infinity) && value > (above ?? -Infinity) && value <= (to ?? Infinity)) return;
  const least = above === undefined ? `at least ${from}` : `above ${above}`;
  const range = to === undefined ? least : `${least} and at most ${to}`;
  throw new InvalidNetworkError(`Node "${node.name}" (${node.op}): ${what} must be ${range}, not ${value}`);
}

function requirePositive(node: NetworkNode, what: string, values: readonly number[]): void {
  if (!values.every((value) => Number.isInteger(value) && value > 0))
    throw new InvalidNetworkError(`Node "${node.name}": ${what} must be whole and positive, not ${show(values)}`);
}

function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
