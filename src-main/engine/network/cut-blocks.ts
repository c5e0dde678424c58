import type { NetworkBlock } from '../../contract/results.ts';
import { possibleCuts } from './cut.ts';
import type { Network } from './network.ts';
import { parametersOf } from './parameters.ts';
import { inferShapes } from './shapes.ts';

/** A network in parts that stay or learn as a whole: from each possible cut up to the next, the last up to the end. */
export function cutBlocks(network: Network): NetworkBlock[] {
  const { nodes } = network;
  const shapes = inferShapes(network);
  const starts = possibleCuts(network).map((cut) => nodes.findIndex(({ name }) => name === cut));
  return starts.map((start, index) => {
    const block = nodes.slice(start, starts[index + 1]);
    const parameters = block.flatMap((node) => parametersOf(node));
    return {
      cut: block[0]?.name ?? '',
      shape: [...(shapes.get(block.at(-1)?.name ?? '') ?? [])],
      parameterCount: parameters.reduce((sum, [, { values }]) => sum + values.length, 0),
    };
  });
}
