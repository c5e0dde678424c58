import protobuf from 'protobufjs';
import { joinValues } from '../shards.ts';
import type { Graph } from './graph.ts';
import type { GraphAttribute } from './writer.ts';

/**
 * The part of TensorFlow's wire format that Fovea writes; field numbers from saved_model.proto, meta_graph.proto, graph.proto,
 * attr_value.proto and tensor.proto (Apache-2.0), checked with `tf.saved_model.load`. `optional` where a zero or an empty string must
 * be written too.
 */
const SCHEMA = `
syntax = "proto3";
package tensorflow;
enum DataType { DT_INVALID = 0; DT_FLOAT = 1; DT_INT32 = 3; DT_UINT8 = 4; }
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorProto { DataType dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
message AttrValue {
  message ListValue { repeated int64 i = 3; }
  oneof value {
    ListValue list = 1; bytes s = 2; int64 i = 3; bool b = 5; DataType type = 6;
    TensorShapeProto shape = 7; TensorProto tensor = 8;
  }
}
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
message TensorInfo { string name = 1; DataType dtype = 2; TensorShapeProto tensor_shape = 3; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
message MetaGraphDef {
  MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; map<string, SignatureDef> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }`;

const savedModelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('tensorflow.SavedModel');

/** Of TensorFlow's `DataType`. */
const TYPE = { DT_FLOAT: 1, DT_INT32: 3, DT_UINT8: 4 } as const;

/**
 * The bytes of a `saved_model.pb` that stands alone: its weights are constants, so that it needs no `variables` folder. One
 * signature, `serving_default`, from `image` to `probabilities`. The bytes depend on the graph alone.
 */
export function toSavedModel({ nodes, input, output }: Graph): Uint8Array {
  const tensorInfo = ({ name, type, shape }: Graph['input']) => ({
    name: `${name}:0`,
    dtype: TYPE[type],
    tensor_shape: shapeOf(shape),
  });
  const message = {
    saved_model_schema_version: 1,
    meta_graphs: [
      {
        meta_info_def: { tags: ['serve'], tensorflow_version: '2.15.0' },
        graph_def: {
          node: nodes.map(({ name, op, input, attributes }) => ({
            name,
            op,
            input,
            attr: Object.fromEntries(Object.entries(attributes).map(([key, attribute]) => [key, encode(attribute)])),
          })),
          versions: { producer: 1882, min_consumer: 12 },
        },
        signature_def: {
          serving_default: {
            inputs: { image: tensorInfo(input) },
            outputs: { probabilities: tensorInfo(output) },
            method_name: 'tensorflow/serving/predict',
          },
        },
      },
    ],
  };
  return savedModelType.encode(savedModelType.create(message)).finish();
}

function encode(attribute: GraphAttribute): object {
  if ('type' in attribute) return { type: TYPE[attribute.type] };
  if ('shape' in attribute) return { shape: shapeOf(attribute.shape) };
  if ('ints' in attribute) return { list: { i: attribute.ints } };
  if ('int' in attribute) return { i: attribute.int };
  if ('text' in attribute) return { s: Buffer.from(attribute.text) };
  if ('bool' in attribute) return { b: attribute.bool };
  const { shape, values } = attribute.tensor;
  const dtype = values instanceof Int32Array ? TYPE.DT_INT32 : TYPE.DT_FLOAT;
  return { tensor: { dtype, tensor_shape: shapeOf(shape), tensor_content: joinValues([values]) } };
}

function shapeOf(shape: readonly number[]) {
  return { dim: shape.map((size) => ({ size })) };
}
