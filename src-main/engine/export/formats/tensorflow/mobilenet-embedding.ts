import type { Graph } from './graph.ts';

/** Where `infer(picture, true)` of @tensorflow-models/mobilenet 2 looks for the embedding, [batch, 1, 1, features], by version. */
const EMBEDDING_NODES = {
  1: 'module_apply_default/MobilenetV1/Logits/global_pool',
  2: 'module_apply_default/MobilenetV2/Logits/AvgPool',
} as const;

/**
 * Gives the graph of a MobileNet one node more, by which @tensorflow-models/mobilenet finds its embedding when it loads the model
 * through `modelUrl` with `inputRange: [0, 255]`. Nothing computes it unless it is asked for.
 *
 * @param backbone  id of the catalogue; the graph of another backbone stays as it is.
 */
export function withMobileNetEmbedding(graph: Graph, backbone: string): Graph {
  const version = /^mobilenet_v([12])_/.exec(backbone)?.[1];
  const pool = graph.nodes.find(({ op }) => op === 'Mean');
  if (version === undefined || pool === undefined) return graph;
  const name = EMBEDDING_NODES[version === '1' ? 1 : 2];
  const embedding = { ...pool, name, attributes: { ...pool.attributes, keep_dims: { bool: true } } };
  return { ...graph, nodes: [...graph.nodes, embedding] };
}
