import type { StockLayer } from '../stock-layers.ts';

/**
 * The order that Keras gives layers when it opens a model, whatever the file says: those far from the output first, and of
 * equals the one that it meets first on its way back from the output. Both of its formats count weights in this order.
 *
 * @param layers  the last is the output.
 * @see `map_graph` in keras/src/ops/function.py of Keras 3; `_map_graph_network` of Keras 2 does the same.
 */
export function inKerasOrder(layers: readonly StockLayer[]): StockLayer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const distances = new Map<string, number>();
  // Backwards, so that all that takes a layer comes before it.
  for (const { name, inputs } of layers.toReversed()) {
    const distance = (distances.get(name) ?? 0) + 1;
    for (const input of inputs) distances.set(input, Math.max(distance, distances.get(input) ?? 0));
  }
  const met = new Map<string, number>();
  const waiting = layers.slice(-1);
  for (let layer = waiting.pop(); layer !== undefined; layer = waiting.pop()) {
    if (met.has(layer.name)) continue;
    met.set(layer.name, met.size);
    waiting.push(...layer.inputs.toReversed().flatMap((input) => byName.get(input) ?? []));
  }
  const distance = ({ name }: StockLayer) => distances.get(name) ?? 0;
  const place = ({ name }: StockLayer) => met.get(name) ?? 0;
  return layers.toSorted((a, b) => distance(b) - distance(a) || place(a) - place(b));
}
