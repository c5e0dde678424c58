/** Stochastic depth for a network that has learned already: its residual branches are left out of some steps. */
import { cutAt } from './cut.ts';
import type { Network, NetworkNode } from './network.ts';

/**
 * Ends each residual branch from the cut on with a chance to be left out of a step, rising linearly with its depth among
 * them: of L branches, the l-th is left out of l/L of `share`. What is kept is scaled up meanwhile, so that the network
 * answers as before, at the start and once `settle` has taken the nodes out again.
 *
 * @param cut    first node that learns.
 * @param share  of the steps that skip the last branch, 0 up to 1.
 * @returns      a new network; all other nodes but the additions are the given network's own objects. The network itself for 0.
 * @throws EngineError `backbone/no-such-cut`.
 * @see Huang et al. 2016, arXiv:1603.09382, eq. 4; scaled like torchvision's `stochastic_depth`, mode `batch`.
 */
export function withStochasticDepth(network: Network, cut: string, share: number): Network {
  const branches = residualBranches(network, cut);
  if (share === 0 || branches.length === 0) return network;
  const ends = new Map(
    branches.map(({ add, end }, index) => [add, { end, survival: 1 - ((index + 1) / branches.length) * share }]),
  );
  const nodes = network.nodes.flatMap((node): NetworkNode[] => {
    const branch = ends.get(node.name);
    if (branch === undefined) return [node];
    const { end, survival } = branch;
    const name = `${node.name}_depth`;
    const inputs = node.inputs.map((input) => (input === end ? name : input));
    return [
      { op: 'stochasticDepth', name, inputs: [end], survival, isInverted: true },
      { ...node, inputs },
    ];
  });
  return { nodes };
}

/** Whether anything from the cut on can be left out. @throws EngineError `backbone/no-such-cut`. */
export function hasResidualBranch(network: Network, cut: string): boolean {
  return residualBranches(network, cut).length > 0;
}

/** Of two inputs of an addition the branch is the later one: it is computed from the other. */
function residualBranches(network: Network, cut: string): { readonly add: string; readonly end: string }[] {
  const places = new Map(network.nodes.map(({ name }, place) => [name, place]));
  const placeOf = (name: string): number => places.get(name) ?? -1;
  return cutAt(network, cut).tail.flatMap(({ op, name, inputs }) => {
    if (op !== 'add') return [];
    const end = inputs.reduce((latest, input) => (placeOf(input) > placeOf(latest) ? input : latest));
    return [{ add: name, end }];
  });
}
