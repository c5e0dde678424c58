import type { LayerActivation } from '../../contract/diagnostics.ts';
import type { Network, NetworkNode } from './network.ts';

/** Where a layer's values come out. */
export interface LayerOutput {
  /** Name of a node. */
  readonly node: string;
  /** What the values went through; null: nothing. */
  readonly activation: LayerActivation | null;
}

/** What may lie between a layer's sums and their activation. */
const BETWEEN: ReadonlySet<NetworkNode['op']> = new Set(['batchNorm', 'stochasticDepth', 'add']);

/**
 * Follows a layer's sums to the activation that they go through: past batch norm and where a branch joins a shortcut. Maxima
 * of several sums are an activation, Maxout. Where there is none the layer's own node is the answer.
 */
export function layerOutput(network: Network, layer: string): LayerOutput {
  let output: LayerOutput = { node: layer, activation: null };
  let name = layer;
  for (;;) {
    const [reader, another] = network.nodes.filter(({ inputs }) => inputs.includes(name));
    if (reader === undefined || another !== undefined) return output;
    if (reader.op === 'activation') return { node: reader.name, activation: reader.activation };
    if (reader.op === 'prelu') return { node: reader.name, activation: 'prelu' };
    if (reader.op === 'maximum') output = { node: reader.name, activation: 'maxout' };
    else if (!BETWEEN.has(reader.op)) return output;
    name = reader.name;
  }
}
