import { EngineError } from '../../contract/errors.ts';
import type { Network, NetworkNode } from './network.ts';

/** A network in two: what stays as it is, and what learns. */
export interface CutNetwork {
  /** From the pixels to the activations that the tail reads. */
  readonly trunk: Network;
  /** The nodes from the cut on, in order; the first reads the trunk's last. */
  readonly tail: readonly NetworkNode[];
}

/**
 * Parts a network at a node: those before it are the trunk, it and those after it the tail.
 *
 * @param firstTailNode  its name.
 * @throws EngineError `backbone/no-such-cut` if there is no such node, or if the tail needs more than one output of the
 *         trunk (inside a residual block).
 */
export function cutAt(network: Network, firstTailNode: string): CutNetwork {
  const index = network.nodes.findIndex(({ name }) => name === firstTailNode);
  if (index < 1 || !isCut(network, index)) throw noSuchCut(network, firstTailNode, index);
  return { trunk: { nodes: network.nodes.slice(0, index) }, tail: network.nodes.slice(index) };
}

/** Names of the weighted nodes at which a network can be cut, from the pixels on. */
export function possibleCuts(network: Network): string[] {
  return network.nodes.flatMap((node, index) =>
    index > 0 && 'kernel' in node && isCut(network, index) ? [node.name] : [],
  );
}

/** Whether all that the nodes from `index` on read of those before it is the last of them. */
function isCut({ nodes }: Network, index: number): boolean {
  const before = new Set(nodes.slice(0, index - 1).map(({ name }) => name));
  return !nodes.slice(index).some(({ inputs }) => inputs.some((input) => before.has(input)));
}

function noSuchCut(network: Network, name: string, index: number): EngineError {
  const cuts = possibleCuts(network);
  const reason =
    index < 0 ? 'it has no such node' : 'what lies behind it needs more than one output of what lies before';
  return new EngineError(
    'backbone/no-such-cut',
    `The backbone cannot be cut at "${name}": ${reason}. Choose one of: ${cuts.join(', ')}.`,
    { cut: name, possible: cuts.join(', ') },
  );
}
