import type { Network } from '../../../network/network.ts';
import { keras2Model, stockLayers } from '../stock-layers.ts';
import { toHdf5, type Hdf5Group } from './hdf5.ts';
import { inKerasOrder } from './layer-order.ts';

/**
 * Writes a network as a whole Keras model in HDF5 (`.h5`), which Keras 3, tf_keras and the Keras of TensorFlow 2 load, with stock
 * layers only, all of them to be trained further. Pixels 0–255 go in; any batch size. The bytes depend on the arguments
 * alone.
 *
 * @param metadata  lies in the root attribute `fovea`, as JSON; Keras passes over it.
 * @throws InvalidNetworkError if the network cannot run.
 */
export async function toKerasH5(network: Network, metadata: Readonly<Record<string, unknown>>): Promise<Uint8Array> {
  const layers = inKerasOrder(stockLayers(network));
  const weighted = layers.filter(({ weights }) => Object.keys(weights).length > 0);
  const maker = { keras_version: '2.15.0', backend: 'tensorflow' };
  const groups: Record<string, Hdf5Group> = {};
  for (const { name, weights } of weighted) {
    const datasets = Object.fromEntries(Object.entries(weights).map(([key, weight]) => [`${key}:0`, weight]));
    groups[name] = {
      attributes: { weight_names: Object.keys(datasets).map((dataset) => `${name}/${dataset}`) },
      groups: { [name]: { datasets } },
    };
  }
  const model = JSON.stringify(keras2Model('Functional', layers));
  return toHdf5({
    attributes: { ...maker, model_config: model, fovea: JSON.stringify(metadata) },
    groups: { model_weights: { attributes: { ...maker, layer_names: weighted.map(({ name }) => name) }, groups } },
  });
}
