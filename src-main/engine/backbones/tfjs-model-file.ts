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
/** Keras 3 writes the arguments of a call, with tensors somewhere in them. */
const call = z.object({ args: z.array(z.unknown()) }).transform(({ args }) => args.flatMap(sourcesIn));
const tensor = z.object({ class_name: z.literal('__keras_tensor__'), config: z.object({ keras_history: connection }) });
const layer = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.union([z.array(connection), call])).optional(),
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
  return { layers: connect(modelTopology), weight: readTfjsWeights(manifest, files) };
}

/**
 * The layers of a model's configuration, of Keras 1 to 3 or TF.js.
 *
 * @param what  the configuration, for the message.
 * @throws BackboneFormatError if it is none.
 */
export function readTopology(json: unknown, what: string): Layer[] {
  const parsed = topology.safeParse(json);
  if (parsed.success) return connect(parsed.data);
  const [issue] = parsed.error.issues;
  throw new BackboneFormatError(`${what} is none of a Keras model: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** Layers whose outputs an argument holds, alone or in a list. */
function sourcesIn(argument: unknown): z.infer<typeof connection>[] {
  if (Array.isArray(argument)) return argument.flatMap(sourcesIn);
  const found = tensor.safeParse(argument).data;
  return found ? [found.config.keras_history] : [];
}

/** A Sequential model chains its layers, and may leave its input out. */
function connect({ class_name: kind, config: { layers } }: z.infer<typeof model>): Layer[] {
  const isSequential = kind === 'Sequential';
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
