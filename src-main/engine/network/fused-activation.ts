import type { Activation, ActivationNode, Network, NetworkNode } from './network.ts';

/** What kernels can do right after their own work. */
export type FusableActivation = Extract<Activation, 'relu' | 'relu6'>;

/**
 * The ReLU right after a node, if nothing else reads the node's own output.
 *
 * @param operations  kinds of node whose kernel can do it.
 */
export function fusedActivation(
  { nodes }: Network,
  index: number,
  operations: readonly NetworkNode['op'][],
): (ActivationNode & { readonly activation: FusableActivation }) | null {
  const node = nodes[index];
  const next = nodes[index + 1];
  if (node === undefined || !operations.includes(node.op) || next?.op !== 'activation') return null;
  const { activation } = next;
  if (activation !== 'relu' && activation !== 'relu6') return null;
  const readers = nodes.filter(({ inputs }) => inputs.includes(node.name));
  return readers.length === 1 && readers[0] === next ? { ...next, activation } : null;
}
