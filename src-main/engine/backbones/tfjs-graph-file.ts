import { z } from 'zod';
import type { Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';
import { modelJson, readTfjsWeights, weightsManifest, type WeightSource } from './tfjs-weights.ts';

/** One operation of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of the nodes whose first output comes in; what only orders execution (`^name`) is left out. */
  readonly inputs: readonly string[];
  readonly attributes: GraphAttributes;
}

export interface GraphModel {
  /** By name, in the order of the file, which need not be topological. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Values of `Const` nodes, by name. */
  readonly weight: WeightSource;
}

/** int64 comes as text, since JSON's numbers are float64. */
const integer = z.union([z.int(), z.string().regex(/^-?\d+$/).transform(Number)]); // prettier-ignore
/** Bytes: base64, or one by one. */
const text = z.union([
  z.string().transform((base64) => Buffer.from(base64, 'base64').toString('latin1')),
  z.array(z.int().min(0).max(255)).transform((bytes) => String.fromCharCode(...bytes.slice(0, 100))),
]);
const attribute = z.object({
  s: text.optional(),
  i: integer.optional(),
  f: z.number().optional(),
  b: z.boolean().optional(),
  list: z.object({ s: z.array(text).optional(), i: z.array(integer).optional() }).optional(),
  shape: z.object({ dim: z.array(z.object({ size: integer.optional() })).optional() }).optional(),
});
const node = z.object({
  name: z.string().min(1),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attribute).default({}),
});
const graphModel = z.object({
  modelTopology: z.object({ node: z.array(node).min(1) }),
  weightsManifest,
});

/** The attributes of a node, each of the kind that it has in TensorFlow. */
export class GraphAttributes {
  readonly #values: Readonly<Record<string, z.infer<typeof attribute>>>;

  constructor(values: Readonly<Record<string, z.infer<typeof attribute>>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    return this.#values[name]?.s;
  }

  number(name: string): number | undefined {
    return this.#values[name]?.f;
  }

  flag(name: string): boolean | undefined {
    return this.#values[name]?.b;
  }

  texts(name: string): readonly string[] {
    return this.#values[name]?.list?.s ?? [];
  }

  integers(name: string): readonly number[] {
    return this.#values[name]?.list?.i ?? [];
  }

  /** Sizes of a shape, −1 where one is open; undefined where nothing is known of it. */
  shape(name: string): readonly number[] | undefined {
    return this.#values[name]?.shape?.dim?.map(({ size = 0 }) => size);
  }
}

/**
 * Reads a TF.js graph model, a TensorFlow GraphDef in JSON: `model.json` and the weight files that it names.
 *
 * @param files  by name.
 * @throws BackboneFormatError if a file is missing, of another format, or longer or shorter than the manifest says.
 * @see the converter of TF.js, src/operations/operation_mapper.ts, for how attributes are written.
 */
export function readGraphModel(files: ReadonlyMap<string, Uint8Array>): GraphModel {
  const parsed = graphModel.safeParse(modelJson(files, 'model.json'));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BackboneFormatError(`model.json is no TF.js graph model: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { modelTopology, weightsManifest: manifest } = parsed.data;
  const nodes = new Map<string, GraphNode>();
  for (const { name, op, input, attr } of modelTopology.node) {
    if (nodes.has(name)) throw new BackboneFormatError(`Two nodes of the graph are named "${name}"`);
    nodes.set(name, { name, op, inputs: input.flatMap((source) => inputName(name, source)), attributes: new GraphAttributes(attr) }); // prettier-ignore
  }
  return { nodes, weight: readTfjsWeights(manifest, files) };
}

/** `a` and `a:0` are the first output of a; `^a` is none. */
function inputName(node: string, source: string): string[] {
  if (source.startsWith('^')) return [];
  const [, name = source, output = '0'] = /^(.*):(\d+)$/.exec(source) ?? [];
  if (output !== '0')
    throw new BackboneFormatError(`Node "${node}" takes output ${output} of "${name}"; only first outputs can be read`);
  return [name];
}

/**
 * A constant that a node takes.
 *
 * @param index  its place among the inputs.
 * @throws BackboneFormatError if that is none, or of another type.
 */
export function constantOf(model: GraphModel, node: GraphNode, index: number, dtype?: 'int32'): Parameter {
  const name = node.inputs[index] ?? '';
  const found = isConstant(model, name) ? model.weight(name, dtype) : null;
  if (found === null) throw refusal(node, `the model holds no values for its input ${index + 1} ("${name}")`);
  return found;
}

export function isConstant(model: GraphModel, name: string): boolean {
  return model.nodes.get(name)?.op === 'Const';
}

export function refusal({ name, op }: GraphNode, reason: string): BackboneFormatError {
  return new BackboneFormatError(`Node "${name}" (${op}) cannot be imported: ${reason}`);
}
