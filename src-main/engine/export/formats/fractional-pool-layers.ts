/**
 * Fractional max pooling as stock layers. No layer of Keras picks rows by their number, but a dense one of ones and zeros over
 * the last axis does, exactly: x · 1 + y · 0 is x. A region is one or two rows long, so its largest value is the larger
 * of its first and its last. Rows come last by a permutation, then columns, and a third permutation puts all back.
 */
import { pooledSize, regionStarts } from '../../network/fractional-pool.ts';
import type { FractionalMaxPoolNode, Parameter } from '../../network/network.ts';
import type { Shape } from '../../network/shapes.ts';
import type { StockLayer } from './stock-layers.ts';

interface Place {
  /** The last layer's name; the others' are like it. */
  readonly name: string;
  /** The layer that it takes. */
  readonly input: string;
  /** [height, width, channels] */
  readonly inputShape: Shape;
  /** Makes a name that no layer bears. */
  readonly free: (wish: string) => string;
}

export function fractionalPoolLayers(node: FractionalMaxPoolNode, place: Place): StockLayer[] {
  const { name, input, inputShape, free } = place;
  const layers: StockLayer[] = [];
  const add = (layer: StockLayer): StockLayer => {
    layers.push(layer);
    return layer;
  };
  let last: Pick<StockLayer, 'name' | 'shape'> = { name: input, shape: inputShape };
  for (const axis of ['rows', 'columns']) {
    const turned = add(turn(last, free(`${name}_${axis}`)));
    const size = turned.shape[2] ?? 0;
    const starts = regionStarts(size, pooledSize(size, node.ratio), node.phase);
    const ends = starts.slice(1).map((next) => next - 1);
    const firsts = add(pick(turned, starts.slice(0, -1), free(`${name}_first_${axis}`)));
    const lasts = add(pick(turned, ends, free(`${name}_last_${axis}`)));
    last = add({
      className: 'Maximum',
      name: free(`${name}_largest_${axis}`),
      inputs: [firsts.name, lasts.name],
      shape: firsts.shape,
      config: {},
      weights: {},
    });
  }
  add(turn(last, name));
  return layers;
}

/** [a, b, c] → [b, c, a] */
function turn(
  { name: input, shape: [a = 0, ...others] }: Pick<StockLayer, 'name' | 'shape'>,
  name: string,
): StockLayer {
  return {
    className: 'Permute',
    name,
    inputs: [input],
    shape: [...others, a],
    config: { dims: [2, 3, 1] },
    weights: {},
  };
}

/** The values at these places of the last axis. */
function pick({ name: input, shape }: StockLayer, places: readonly number[], name: string): StockLayer {
  const size = shape[2] ?? 0;
  const kernel: Parameter = { shape: [size, places.length], values: new Float32Array(size * places.length) };
  for (const [column, place] of places.entries()) kernel.values[place * places.length + column] = 1;
  return {
    className: 'Dense',
    name,
    inputs: [input],
    shape: [...shape.slice(0, 2), places.length],
    config: { trainable: false, units: places.length, activation: 'linear', use_bias: false },
    weights: { kernel },
  };
}
