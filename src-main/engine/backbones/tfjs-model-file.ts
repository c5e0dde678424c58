import { z } from 'zod';
import { BackboneFormatError } from './format-error.ts';
import { modelJson, readTfjsWeights, weightsManifest, type WeightSource } from './tfjs-weights.ts';

/** One layer of a Keras-style topology. */
export interface Layer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers whose outputs come in. */
  readonly inputs: readonly string[];
}

/** Layers with their weights, as Keras and TF.js know a model. */
export interface LayersModel {
  /** In the order of the file, which is topological. */
  readonly layers: readonly Layer[];
  /** By layer and role, e.g. `conv1/kernel`. */
  readonly weight: WeightSource;
}

const connection = z.tuple([z.string(), z.int(), z.int()], z.unknown());
const layer = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.array(connection)).optional(),
});
const model = z.object({
  class_name: z.string(),
  config: z.union([z.object({ layers: z.array(layer) }), z.array(layer).transform((layers) => ({ layers }))]),
});
const topology = z.union([z.object({ model_config: model }).transform((outer) => outer.model_config), model]);
const layersModel = z.object({
  modelTopology: topology,
  weightsManifest,
});

/**
 * Reads a TF.js layers model: `model.json` and the weight files that it names.
 *
 * @param files  by name.
 * @throws BackboneFormatError if a file is missing, of another format, or longer or shorter than the manifest says.
 */
export function readTfjsModel(files: ReadonlyMap<string, Uint8Array>): LayersModel {
  const parsed = layersModel.safeParse(modelJson(files, 'model.json'));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BackboneFormatError(`model.json is no TF.js layers model: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { modelTopology, weightsManifest: manifest } = parsed.data;
  return {
    layers: connect(modelTopology.class_name === 'Sequential', modelTopology.config.layers),
    weight: readTfjsWeights(manifest, files),
  };
}

/** A Sequential model chains its layers, and may leave its input out. */
function connect(isSequential: boolean, layers: readonly z.infer<typeof layer>[]): Layer[] {
  const connected: Layer[] = [];
  if (isSequential && layers[0]?.class_name !== 'InputLayer')
    connected.push({ name: 'pixels', className: 'InputLayer', config: {}, inputs: [] });
  for (const { class_name: className, name: outerName, config, inbound_nodes = [] } of layers) {
    const name = outerName ?? String(config['name']);
    if (inbound_nodes.length > 1)
      throw new BackboneFormatError(`Layer "${name}" is used ${inbound_nodes.length} times; once is supported`);
    const inputs = isSequential
      ? connected.slice(-1).map((previous) => previous.name)
      : (inbound_nodes[0] ?? []).map(([source]) => source);
    connected.push({ name, className, config, inputs });
  }
  return connected;
}
