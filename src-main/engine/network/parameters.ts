/** Which nodes have parameters, under which names: one place for all that stores, uploads, trains or counts them. */
import type { NetworkNode, Parameter } from './network.ts';

/** Names of a node's properties that are parameters. */
type RoleOf<Node> = { [Name in keyof Node]: Node[Name] extends Parameter ? Name : never }[keyof Node] & string;

const ROLES = {
  conv2d: ['kernel', 'bias'],
  depthwiseConv2d: ['kernel', 'bias'],
  dense: ['kernel', 'bias'],
  prelu: ['slope'],
  offset: ['offset'],
  batchNorm: ['gamma', 'beta', 'mean', 'variance'],
} as const satisfies { readonly [Op in NetworkNode['op']]?: readonly RoleOf<Extract<NetworkNode, { op: Op }>>[] };

export type ParameterRole = (typeof ROLES)[keyof typeof ROLES][number];

/** A node with parameters. */
export type WeightedNode = Extract<NetworkNode, { op: keyof typeof ROLES }>;

/** Something for each of a node's parameters, by its role. */
export type ByRole<Node, Value> = { readonly [Role in RoleOf<Node>]: Value };

/** What is measured while a network trains, not learned by a gradient. */
const MEASURED: ReadonlySet<ParameterRole> = new Set<ParameterRole>(['mean', 'variance']);

export function isMeasured(role: ParameterRole): boolean {
  return MEASURED.has(role);
}

export function isWeighted(node: NetworkNode): node is WeightedNode {
  return node.op in ROLES;
}

/** A node's parameters with their roles, in a fixed order; none where it has none. */
export function parametersOf(node: NetworkNode): readonly (readonly [ParameterRole, Parameter])[] {
  if (!isWeighted(node)) return [];
  return ROLES[node.op].map((role) => [role, (node as unknown as Record<ParameterRole, Parameter>)[role]] as const); // as: ROLES names its own
}

/**
 * The same node with other values in place of its parameters: other parameters, places in a file, tensors.
 *
 * @param change  called for each parameter in the order of `parametersOf`.
 */
export function mapParameters<Node extends NetworkNode, Value>(
  node: Node,
  change: (parameter: Parameter, role: ParameterRole) => Value,
): Omit<Node, ParameterRole> & ByRole<Node, Value> {
  const changed = parametersOf(node).map(([role, parameter]) => [role, change(parameter, role)] as const);
  return { ...node, ...(Object.fromEntries(changed) as ByRole<Node, Value>) }; // as: exactly the node's roles
}
