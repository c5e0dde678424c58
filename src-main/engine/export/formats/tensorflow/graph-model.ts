import type { ExportFile } from '../../export-file.ts';
import { toShards } from '../shards.ts';
import type { Graph } from './graph.ts';
import type { GraphAttribute, GraphTensor } from './writer.ts';

/**
 * Writes a graph as a TF.js graph model: `model.json`, with the GraphDef as protobuf's JSON has it (64-bit integers as strings, bytes
 * in base64), and the constants' values in shards of 4 MB. `tf.loadGraphModel` of TF.js 4 reads it. The bytes depend on the
 * arguments alone.
 *
 * @param metadata  stands as `userDefinedMetadata` in model.json. Must be JSON.
 */
export function toGraphModel(
  { nodes, input, output }: Graph,
  metadata: Readonly<Record<string, unknown>>,
): readonly ExportFile[] {
  const weights = nodes.flatMap(({ name, attributes }) => {
    const { value } = attributes;
    return value !== undefined && 'tensor' in value ? [{ name, ...value.tensor }] : [];
  });
  const shards = toShards(weights.map(({ values }) => values));
  const signatureOf = ({ name, type, shape }: Graph['input']) => ({
    name: `${name}:0`,
    dtype: type,
    tensorShape: shapeOf(shape),
  });
  const model = {
    format: 'graph-model',
    generatedBy: 'Fovea',
    convertedBy: null,
    signature: { inputs: { image: signatureOf(input) }, outputs: { probabilities: signatureOf(output) } },
    modelTopology: {
      node: nodes.map(({ name, op, input, attributes }) => ({
        name,
        op,
        ...(input.length > 0 ? { input } : {}),
        attr: Object.fromEntries(Object.entries(attributes).map(([key, attribute]) => [key, encode(attribute)])),
      })),
      library: {},
      versions: { producer: 1882, minConsumer: 12 },
    },
    weightsManifest: [
      {
        paths: shards.map(({ name }) => name),
        weights: weights.map(({ name, shape, values }) => ({ name, shape, dtype: dtypeOf(values) })),
      },
    ],
    userDefinedMetadata: metadata,
  };
  return [{ name: 'model.json', content: `${JSON.stringify(model)}\n` }, ...shards];
}

function encode(attribute: GraphAttribute): unknown {
  if ('type' in attribute) return { type: attribute.type };
  if ('shape' in attribute) return { shape: shapeOf(attribute.shape) };
  if ('ints' in attribute) return { list: { i: attribute.ints.map(String) } };
  if ('int' in attribute) return { i: String(attribute.int) };
  if ('text' in attribute) return { s: Buffer.from(attribute.text).toString('base64') };
  if ('bool' in attribute) return { b: attribute.bool };
  const { shape, values } = attribute.tensor; // the values lie in the shards
  return { tensor: { dtype: values instanceof Int32Array ? 'DT_INT32' : 'DT_FLOAT', tensorShape: shapeOf(shape) } };
}

function shapeOf(shape: readonly number[]) {
  return { dim: shape.map((size) => ({ size: String(size) })) };
}

const dtypeOf = (values: GraphTensor['values']) => (values instanceof Int32Array ? 'int32' : 'float32');
