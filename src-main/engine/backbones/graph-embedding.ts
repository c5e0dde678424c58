import type { Shape } from '../network/shapes.ts';
import { BackboneFormatError } from './format-error.ts';
import { constantOf, refusal, type GraphModel, type GraphNode } from './tfjs-graph-file.ts';

/**
 * The node whose output is the embedding: the one that averages over the picture; null where there is none and the graph
 * ends in a feature map, with the node that gives it.
 *
 * @throws BackboneFormatError if there are several, so that no one can say which.
 */
export function findEmbedding({ nodes }: GraphModel): { readonly pool: GraphNode | null; readonly features: string } {
  const pools = [...nodes.values()].filter(({ op }) => op === 'Mean' || op === 'AvgPool');
  const [pool] = pools;
  const second = pools.find(({ inputs }) => inputs[0] !== pool?.inputs[0]); // of the same features it is the same embedding
  if (pool !== undefined && second !== undefined)
    throw new BackboneFormatError(
      `Nodes "${pool.name}" and "${second.name}" both average, so it cannot be told which gives the embedding`,
    );
  if (pool !== undefined) return { pool, features: pool.inputs[0] ?? '' };
  const read = new Set([...nodes.values()].flatMap(({ inputs }) => inputs));
  const ends = [...nodes.values()].filter(({ name, op }) => !read.has(name) && op !== 'Const');
  const [end] = ends;
  if (end === undefined || ends.length > 1)
    throw new BackboneFormatError(
      `The graph averages nowhere and has ${ends.length} ends, so no embedding can be found in it`,
    );
  return { pool: null, features: end.name };
}

/**
 * A node and all that it needs, each after what it needs itself.
 *
 * @throws BackboneFormatError if a node is missing or needs itself.
 */
export function upTo({ nodes }: GraphModel, last: string): GraphNode[] {
  const ordered: GraphNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack = [last]; // own stack: a hostile graph may be deeper than the program's
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const node = nodes.get(name);
    if (!node) throw new BackboneFormatError(`The graph needs a node "${name}", which it does not have`);
    if (state.get(name) === undefined) {
      state.set(name, 'open');
      for (const input of node.inputs) {
        if (state.get(input) === 'open') throw new BackboneFormatError(`Node "${input}" of the graph needs itself`);
        if (state.get(input) === undefined) stack.push(input);
      }
      continue;
    }
    stack.pop();
    if (state.get(name) === 'done') continue;
    state.set(name, 'done');
    ordered.push(node);
  }
  return ordered;
}

/**
 * Refuses an average over less than the whole picture.
 *
 * @param features  shape of what is averaged: [height, width, channels].
 * @throws BackboneFormatError
 */
export function requireGlobal(model: GraphModel, pool: GraphNode, [height, width]: Shape): void {
  if (pool.op === 'Mean') {
    const axes = [...constantOf(model, pool, 1, 'int32').values].map((axis) => (axis + 4) % 4);
    if (axes.toSorted().join() !== '1,2')
      throw refusal(pool, `it averages over the axes ${axes.join(', ')}, not over height and width`);
    return;
  }
  const window = pool.attributes.integers('ksize').join();
  if (window !== `1,${height},${width},1` || pool.attributes.text('padding') !== 'VALID')
    throw refusal(pool, `it averages over windows of ${window}, not over all of ${height} × ${width}`);
}
