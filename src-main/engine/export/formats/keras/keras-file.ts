import { strToU8, zipSync } from 'fflate';
import type { Network } from '../../../network/network.ts';
import { configOf, MODEL_NAME, stockLayers, type StockLayer } from '../stock-layers.ts';
import { toHdf5, type Hdf5Group } from './hdf5.ts';
import { inKerasOrder } from './layer-order.ts';

/**
 * Writes a network as a Keras 3 model (`.keras`, a zip), with stock layers only, all of them to be trained further. Pixels 0–255
 * go in; any batch size. The bytes depend on the arguments alone.
 *
 * @param metadata  lies in the member `fovea.json`; Keras passes over it.
 * @throws InvalidNetworkError if the network cannot run.
 */
export async function toKerasZip(network: Network, metadata: Readonly<Record<string, unknown>>): Promise<Uint8Array> {
  const layers = inKerasOrder(stockLayers(network));
  const json = (value: unknown) => strToU8(JSON.stringify(value));
  const members = {
    'metadata.json': json({ keras_version: '3.0.0', date_saved: '1970-01-01@00:00:00' }),
    'config.json': json(keras3Model(layers)),
    'model.weights.h5': await toHdf5({ groups: { layers: { groups: weightGroups(layers) } } }),
    'fovea.json': json(metadata),
  };
  // Weights do not compress; a local date, since a zip holds no time zone.
  return zipSync(members, { level: 0, mtime: new Date(1980, 0, 1) });
}

function keras3Model(layers: readonly StockLayer[]) {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const tensor = (name: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...(byName.get(name)?.shape ?? [])], dtype: 'float32', keras_history: [name, 0, 0] },
  });
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: MODEL_NAME,
      trainable: true,
      layers: layers.map((layer) => {
        const tensors = layer.inputs.map(tensor);
        return {
          module: 'keras.layers',
          class_name: layer.className,
          config: inKeras3(configOf(layer), layer.className),
          registered_name: null,
          name: layer.name,
          // Several inputs are one argument: a list.
          inbound_nodes: tensors.length === 0 ? [] : [{ args: tensors.length > 1 ? [tensors] : tensors, kwargs: {} }],
        };
      }),
      // Not in a list of one, as in Keras 2: Keras 3 would want its input so.
      input_layers: [layers.at(0)?.name, 0, 0],
      output_layers: [layers.at(-1)?.name, 0, 0],
    },
    registered_name: 'Functional',
    compile_config: null,
  };
}

/** The two settings that Keras 3 calls by other names than Keras 2. */
function inKeras3(config: StockLayer['config'], className: string): StockLayer['config'] {
  const { batch_input_shape: batch_shape, alpha: negative_slope, ...others } = config;
  if (className === 'InputLayer') return { ...others, batch_shape };
  if (className === 'LeakyReLU') return { ...others, negative_slope };
  return config;
}

/** By the layers' classes, each numbered in Keras' order; weights have numbers for names. */
function weightGroups(layers: readonly StockLayer[]): Record<string, Hdf5Group> {
  const counts = new Map<string, number>();
  const groups: Record<string, Hdf5Group> = {};
  for (const { className, weights } of layers) {
    const count = counts.get(className) ?? 0;
    counts.set(className, count + 1);
    const name = snakeCase(className) + (count === 0 ? '' : `_${count}`);
    const datasets = Object.fromEntries(Object.values(weights).map((weight, index) => [String(index), weight]));
    if (Object.keys(datasets).length > 0) groups[name] = { groups: { vars: { datasets } } };
  }
  return groups;
}

/** "PReLU" → "p_re_lu". @see `to_snake_case` in keras/src/utils/naming.py. */
function snakeCase(className: string): string {
  return className
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
