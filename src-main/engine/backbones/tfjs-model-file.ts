import { z } from 'zod';
import { float32Of } from '../network/little-endian.ts';
import type { Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';

/** One layer of a Keras-style topology. */
export interface Layer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers whose outputs come in. */
  readonly inputs: readonly string[];
}

export interface TfjsModel {
  /** In the order of the file, which is topological. */
  readonly layers: readonly Layer[];
  /** By the name of the manifest, e.g. `conv1/kernel`. Only float32 weights can be had. */
  readonly weight: (name: string) => Parameter | null;
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
const modelFile = z.object({
  modelTopology: topology,
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.int().min(0)),
          dtype: z.string(),
          quantization: z.object({ dtype: z.string() }).optional(),
        }),
      ),
    }),
  ),
});

/**
 * Reads a TF.js layers model: `model.json` and the weight files that it names.
 *
 * @param files  by name.
 * @throws BackboneFormatError if a file is missing, of another format, or longer or shorter than the manifest says.
 */
export function readTfjsModel(files: ReadonlyMap<string, Uint8Array>): TfjsModel {
  const parsed = modelFile.safeParse(parseJson(file(files, 'model.json')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BackboneFormatError(`model.json is no TF.js layers model: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { modelTopology, weightsManifest } = parsed.data;
  const weights = new Map<string, { dtype: string; shape: number[]; bytes: Uint8Array }>();
  for (const group of weightsManifest) {
    const bytes = concatenate(group.paths.map((path) => file(files, path)));
    let at = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      const stored = quantization?.dtype ?? dtype;
      const length = shape.reduce((product, size) => product * size, byteSize(name, stored));
      weights.set(name, { dtype: stored, shape, bytes: bytes.subarray(at, at + length) });
      at += length;
    }
    if (at !== bytes.length)
      throw new BackboneFormatError(`${group.paths.join(', ')}: ${bytes.length} bytes; model.json needs ${at}`);
  }
  return {
    layers: connect(modelTopology.class_name === 'Sequential', modelTopology.config.layers),
    weight(name) {
      const found = weights.get(name);
      if (!found) return null;
      if (found.dtype !== 'float32')
        throw new BackboneFormatError(`Weight "${name}" is stored as ${found.dtype}; float32 is needed`);
      return { shape: found.shape, values: float32Of(found.bytes) };
    },
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

function byteSize(name: string, dtype: string): number {
  const sizes: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };
  const size = sizes[dtype];
  if (size === undefined) throw new BackboneFormatError(`Weight "${name}" has the unknown type ${dtype}`);
  return size;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new BackboneFormatError('model.json is not whole JSON', { cause });
  }
}

function file(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const found = files.get(name);
  if (!found) throw new BackboneFormatError(`The model needs the file ${name}, which is not there`);
  return found;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
