import protobuf from 'protobufjs';

/**
 * The part of ONNX's wire format that Fovea writes; field numbers from onnx.proto (Apache-2.0), checked with
 * `onnx.checker`. Fields that are never written are left out. `optional`
 * where a zero or an empty string must be written too.
 */
const SCHEMA = `
syntax = "proto3";
package onnx;
message AttributeProto {
  string name = 1; optional float f = 2; optional int64 i = 3; repeated int64 ints = 8; int32 type = 20;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5;
}
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message TypeProto { TensorType tensor_type = 1; string denotation = 6; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { optional string domain = 1; int64 version = 2; }
message StringStringEntryProto { string key = 1; string value = 2; }
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; int64 model_version = 5; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14;
}`;

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('onnx.ModelProto');

/** ONNX's numbers for element types, and for the types of attributes. */
export const ELEMENT = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly ints?: readonly number[];
}
export function float(name: string, f: number): OnnxAttribute {
  return { name, f, type: ATTRIBUTE.float };
}

export function int(name: string, i: number): OnnxAttribute {
  return { name, i, type: ATTRIBUTE.int };
}

export function ints(name: string, values: readonly number[]): OnnxAttribute {
  return { name, ints: values, type: ATTRIBUTE.ints };
}

export interface OnnxNode {
  readonly op_type: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}
export interface OnnxTensor {
  readonly name: string;
  readonly data_type: number;
  readonly dims: readonly number[];
  readonly raw_data: Uint8Array;
}
interface OnnxValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensor_type: {
      readonly elem_type: number;
      readonly shape: { readonly dim: readonly ({ readonly dim_param: string } | { readonly dim_value: number })[] };
    };
    readonly denotation?: string;
  };
}
export interface OnnxModel {
  readonly ir_version: number;
  readonly producer_name: string;
  readonly model_version: number;
  readonly opset_import: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata_props: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly OnnxNode[];
    readonly initializer: readonly OnnxTensor[];
    readonly input: readonly OnnxValueInfo[];
    readonly output: readonly OnnxValueInfo[];
  };
}

/** The bytes of a .onnx file. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  return modelType.encode(modelType.create({ ...model })).finish();
}
