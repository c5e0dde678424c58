import type { LinearHead, Network } from './network.ts';
import { InvalidNetworkError, inferShapes } from './shapes.ts';

/**
 * Puts a linear classifier on a trunk: dense `logits`, then softmax `probabilities`.
 *
 * @param trunk  a network that ends in an embedding, [features].
 * @returns      a new network; parameters are shared with `trunk` and `head`.
 * @throws InvalidNetworkError if the head was made for another number of features.
 */
export function withHead(trunk: Network, head: LinearHead): Network {
  const embedding = trunk.nodes.at(-1)?.name;
  if (embedding === undefined) throw new InvalidNetworkError('A head needs a trunk of at least one node');
  const network: Network = {
    nodes: [
      ...trunk.nodes,
      { op: 'dense', name: 'logits', inputs: [embedding], kernel: head.kernel, bias: head.bias },
      { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
    ],
  };
  inferShapes(network);
  return network;
}
