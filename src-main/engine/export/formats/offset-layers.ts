/**
 * A mean image as stock layers. Keras has none that adds a constant (TF.js lacks its Normalization), so the constant is made of the
 * pixels, exactly: a dense layer makes 1 of anything (x · 0 + 1), and another makes the image of the 1.
 */
import type { OffsetNode } from '../../network/network.ts';
import type { StockLayer } from './stock-layers.ts';

interface Place {
  /** The last layer's name; the others' are like it. */
  readonly name: string;
  /** The layer that it takes. */
  readonly input: string;
  /** Makes a name that no layer bears. */
  readonly free: (wish: string) => string;
}

/** The last adds the offset to `input`, [height, width, channels]. None of them learns. */
export function offsetLayers({ offset: { shape, values } }: OffsetNode, { name, input, free }: Place): StockLayer[] {
  const [channels = 0] = shape.slice(-1);
  const dense = (units: number, use_bias: boolean) => ({ trainable: false, units, activation: 'linear', use_bias });
  const means: StockLayer = {
    className: 'GlobalAveragePooling2D',
    name: free(`${name}_means`),
    inputs: [input],
    shape: [channels],
    config: { data_format: 'channels_last' },
    weights: {},
  };
  const one: StockLayer = {
    className: 'Dense',
    name: free(`${name}_one`),
    inputs: [means.name],
    shape: [1],
    config: dense(1, true),
    weights: {
      kernel: { shape: [channels, 1], values: new Float32Array(channels) },
      bias: { shape: [1], values: Float32Array.of(1) },
    },
  };
  const flat: StockLayer = {
    className: 'Dense',
    name: free(`${name}_values`),
    inputs: [one.name],
    shape: [values.length],
    config: dense(values.length, false),
    weights: { kernel: { shape: [1, values.length], values } },
  };
  const image: StockLayer = {
    className: 'Reshape',
    name: free(`${name}_image`),
    inputs: [flat.name],
    shape,
    config: { target_shape: shape },
    weights: {},
  };
  const sum: StockLayer = {
    className: 'Add',
    name,
    inputs: [input, image.name],
    shape,
    config: {},
    weights: {},
  };
  return [means, one, flat, image, sum];
}
