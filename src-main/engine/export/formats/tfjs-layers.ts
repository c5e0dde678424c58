import type { Network } from '../../network/network.ts';
import type { ExportFile } from '../export-file.ts';
import { toShards } from './shards.ts';
import { keras2Model, stockLayers } from './stock-layers.ts';

/**
 * Writes a network as a TF.js layers model: `model.json` and its weights in shards of 4 MB.
 *
 * Only stock layers are used, so `tf.loadLayersModel` of TF.js 4 reads it with nothing registered. Pixels 0–255 go in:
 * normalisation is the first layer (`Rescaling`), where there is any. Any batch size. The bytes depend on the arguments alone.
 *
 * @param metadata  comes back from `model.getUserDefinedMetadata()`. Must be JSON.
 * @throws InvalidNetworkError if the network cannot run.
 */
export function toTfjsLayers(network: Network, metadata: Readonly<Record<string, unknown>>): ExportFile[] {
  const layers = stockLayers(network);
  const weights = layers.flatMap(({ name: layer, weights: own }) =>
    Object.entries(own).map(([name, parameter]) => ({ name: `${layer}/${name}`, parameter })),
  );
  const shards = toShards(weights.map(({ parameter }) => parameter.values));
  const model = {
    format: 'layers-model',
    generatedBy: 'Fovea',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: keras2Model('Model', layers), // the class that every TF.js knows; 'Functional' came with 2.x
    },
    weightsManifest: [
      {
        paths: shards.map(({ name }) => name),
        weights: weights.map(({ name, parameter }) => ({ name, shape: parameter.shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: metadata,
  };
  return [{ name: 'model.json', content: `${JSON.stringify(model)}\n` }, ...shards];
}
