import type { GraphWriter } from './onnx-nodes.ts';
import { int, ints } from './onnx-schema.ts';
import type { Shape } from './shapes.ts';
import { layStatistics } from './statistics-layout.ts';

/**
 * Writes what `layStatistics` describes, of each picture by itself: so a whole network is looked through in one run, and what
 * leaves it is small.
 *
 * @returns the output, [batch, ...shape].
 */
export function writeStatistics(
  graph: GraphWriter,
  nodes: readonly string[],
  shapes: ReadonlyMap<string, Shape>,
): { readonly name: string; readonly shape: Shape } {
  const parts = nodes.flatMap((node) => {
    const isSpatial = shapes.get(node)?.length === 3;
    const extreme = (opType: string) => {
      const axes = ints('axes', isSpatial ? [1, 2, 3] : [1]);
      const reduced = graph.node(opType, [node], `${node}/${opType}`, [axes, int('keepdims', 1)]);
      return graph.node('Flatten', [reduced], `${node}/${opType}/flat`, [int('axis', 1)]);
    };
    const means = () => graph.node('ReduceMean', [node], `${node}/means`, [ints('axes', [2, 3]), int('keepdims', 0)]);
    return [extreme('ReduceMin'), extreme('ReduceMax'), isSpatial ? means() : node];
  });
  const name = graph.node('Concat', parts, 'statistics', [int('axis', 1)]);
  return { name, shape: [layStatistics(nodes, shapes).reduce((sum, { channels }) => sum + 2 + channels, 0)] };
}
