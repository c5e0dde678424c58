import { z } from 'zod';
import { bytesOf, float32Of } from './little-endian.ts';
import { ACTIVATIONS, type Network, type NetworkNode, type Parameter } from './network.ts';
import { mapParameters } from './parameters.ts';
import { InvalidNetworkError, inferShapes } from './shapes.ts';

/** A parameter's place among the weights: `offset` counts float32 values from the start. */
const storedParameter = z.object({ shape: z.array(z.int().positive()).min(1).max(4), offset: z.int().min(0) });
type StoredParameter = z.infer<typeof storedParameter>;

const base = { name: z.string().min(1), inputs: z.array(z.string()) };
const weights = { kernel: storedParameter, bias: storedParameter };
const stride = z.int().positive();

/** A node as JSON; mirrors `NetworkNode`, with parameters by place. */
export const storedNode = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('input'),
    ...base,
    shape: z.tuple([z.int(), z.int(), z.int()]),
    mean: z.number(),
    scale: z.number(),
  }),
  z.object({ op: z.literal('conv2d'), ...base, stride, ...weights }),
  z.object({ op: z.literal('depthwiseConv2d'), ...base, stride, ...weights }),
  z.object({ op: z.literal('activation'), ...base, activation: z.enum(ACTIVATIONS) }),
  z.object({ op: z.literal('prelu'), ...base, slope: storedParameter }),
  z.object({ op: z.literal('maximum'), ...base }),
  z.object({ op: z.literal('add'), ...base }),
  z.object({ op: z.literal('offset'), ...base, offset: storedParameter }),
  z.object({
    op: z.literal('batchNorm'),
    ...base,
    gamma: storedParameter,
    beta: storedParameter,
    mean: storedParameter,
    variance: storedParameter,
    epsilon: z.number(),
  }),
  z.object({ op: z.literal('maxPool'), ...base, size: z.int().positive() }),
  z.object({ op: z.literal('fractionalMaxPool'), ...base, ratio: z.number(), phase: z.number() }),
  z.object({ op: z.literal('dropout'), ...base, rate: z.number(), isInverted: z.boolean() }),
  z.object({ op: z.literal('stochasticDepth'), ...base, survival: z.number(), isInverted: z.boolean().optional() }),
  z.object({ op: z.literal('globalAveragePool'), ...base }),
  z.object({ op: z.literal('dense'), ...base, ...weights, dropConnect: z.number().optional() }),
  z.object({ op: z.literal('softmax'), ...base }),
]);
export type StoredNode = z.infer<typeof storedNode>;

/** Takes a network apart into JSON nodes and one row of little-endian float32 weights. */
export function packNetwork(network: Network): { nodes: StoredNode[]; weights: Uint8Array } {
  const parts: Float32Array[] = [];
  let offset = 0;
  const store = ({ shape, values }: Parameter): StoredParameter => {
    const stored = { shape: [...shape], offset };
    parts.push(values);
    offset += values.length;
    return stored;
  };
  const nodes = network.nodes.map((node): StoredNode => {
    const stored: unknown = { ...mapParameters(node, store), inputs: [...node.inputs] };
    return stored as StoredNode; // as: it mirrors the node, which a test holds for every kind
  });
  const row = new Float32Array(offset);
  let start = 0;
  for (const part of parts) {
    row.set(part, start);
    start += part.length;
  }
  return { nodes, weights: bytesOf(row) };
}

/**
 * Puts a network together again.
 *
 * @throws InvalidNetworkError if a weight lies outside the row or is not finite, or if the network cannot run.
 */
export function unpackNetwork(nodes: readonly StoredNode[], weights: Uint8Array): Network {
  if (weights.byteLength % 4 !== 0) throw new InvalidNetworkError('The weights are not whole float32 values');
  const row = float32Of(weights);
  if (!row.every(Number.isFinite)) throw new InvalidNetworkError('Some weights are not finite numbers');
  const load = ({ shape, offset }: StoredParameter): Parameter => {
    const end = offset + shape.reduce((product, size) => product * size, 1);
    if (end > row.length)
      throw new InvalidNetworkError(`A weight ends at value ${end}, but there are ${row.length} values`);
    return { shape, values: row.subarray(offset, end) };
  };
  const network: Network = {
    nodes: nodes.map((node) => loadNode(node, load)),
  };
  inferShapes(network);
  return network;
}

function loadNode(node: StoredNode, load: (place: StoredParameter) => Parameter): NetworkNode {
  const entries = Object.entries(node).map(([name, value]: [string, unknown]) => {
    const place = storedParameter.safeParse(value);
    return [name, place.success ? load(place.data) : value];
  });
  return Object.fromEntries(entries) as NetworkNode; // as: storedNode mirrors it, with places for parameters
}
