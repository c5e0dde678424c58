import protobuf from 'protobufjs';

/**
 * The part of Core ML's file format that Fovea writes; numbers and names from Model.proto, FeatureTypes.proto,
 * NeuralNetwork.proto and MIL.proto of coremltools 9 (BSD-3-Clause). A list of floats is declared as bytes, which are
 * the same on the wire, so that weights need no number object each.
 */
const SCHEMA = `
syntax = "proto3";
package coreml;
message Empty {}

message ImageFeatureType { int64 width = 1; int64 height = 2; int32 colorSpace = 3; }
message DictionaryFeatureType { Empty stringKeyType = 2; }
message FeatureType {
  oneof Type { Empty stringType = 3; ImageFeatureType imageType = 4; DictionaryFeatureType dictionaryType = 6; }
}
message FeatureDescription { string name = 1; string shortDescription = 2; FeatureType type = 3; }
message Metadata { string shortDescription = 1; string author = 3; string license = 4; map<string, string> userDefined = 100; }
message ModelDescription {
  repeated FeatureDescription input = 1; repeated FeatureDescription output = 10;
  string predictedFeatureName = 11; string predictedProbabilitiesName = 12; Metadata metadata = 100;
}
message Model {
  int32 specificationVersion = 1; ModelDescription description = 2;
  oneof Type { NeuralNetworkClassifier neuralNetworkClassifier = 403; Program mlProgram = 502; }
}

message StringVector { repeated string vector = 1; }
message WeightParams { bytes floatValue = 1; }
message EdgeSizes { uint64 startEdgeSize = 1; uint64 endEdgeSize = 2; }
message BorderAmounts { repeated EdgeSizes borderAmounts = 10; }
message ValidPadding { BorderAmounts paddingAmounts = 1; }
message ConvolutionLayerParams {
  uint64 outputChannels = 1; uint64 kernelChannels = 2; uint64 nGroups = 10;
  repeated uint64 kernelSize = 20; repeated uint64 stride = 30; repeated uint64 dilationFactor = 40;
  ValidPadding valid = 50; bool hasBias = 70; WeightParams weights = 90; WeightParams bias = 91;
}
message PoolingLayerParams {
  int32 type = 1; repeated uint64 kernelSize = 10; repeated uint64 stride = 20; ValidPadding valid = 30;
}
message WithAlpha { float alpha = 1; }
message ActivationParams {
  oneof NonlinearityType {
    Empty ReLU = 10; WithAlpha leakyReLU = 15; Empty tanh = 30; Empty sigmoid = 40; WithAlpha ELU = 50;
  }
}
message InnerProductLayerParams {
  uint64 inputChannels = 1; uint64 outputChannels = 2; bool hasBias = 10; WeightParams weights = 20; WeightParams bias = 21;
}
message ClipLayerParams { float minVal = 1; float maxVal = 2; }
message GatherLayerParams { int64 axis = 1; }
message SoftmaxNDLayerParams { int64 axis = 1; }
message LoadConstantNDLayerParams { repeated uint64 shape = 1; WeightParams data = 2; }
message ReduceMeanLayerParams { repeated int64 axes = 1; bool keepDims = 2; }
message NeuralNetworkLayer {
  string name = 1; repeated string input = 2; repeated string output = 3;
  oneof layer {
    ConvolutionLayerParams convolution = 100; PoolingLayerParams pooling = 120; ActivationParams activation = 130;
    InnerProductLayerParams innerProduct = 140; WithAlpha multiply = 231; ClipLayerParams clip = 660;
    Empty maxBroadcastable = 875; Empty addBroadcastable = 880; Empty multiplyBroadcastable = 900;
    GatherLayerParams gather = 930; SoftmaxNDLayerParams softmaxND = 950;
    LoadConstantNDLayerParams loadConstantND = 1070; ReduceMeanLayerParams reduceMean = 1280;
  }
}
message NeuralNetworkImageScaler { float channelScale = 10; float blueBias = 20; float greenBias = 21; float redBias = 22; }
message NeuralNetworkPreprocessing { string featureName = 1; NeuralNetworkImageScaler scaler = 10; }
message NeuralNetworkClassifier {
  repeated NeuralNetworkLayer layers = 1; repeated NeuralNetworkPreprocessing preprocessing = 2;
  int32 arrayInputShapeMapping = 5; int32 imageInputShapeMapping = 6;
  StringVector stringClassLabels = 100; string labelProbabilityLayerName = 200;
}

message Program { int64 version = 1; map<string, Function> functions = 2; }
message Function { repeated NamedValueType inputs = 1; string opset = 2; map<string, Block> block_specializations = 3; }
message Block { repeated string outputs = 2; repeated Operation operations = 3; }
message Binding { oneof binding { string name = 1; Value value = 2; } }
message Argument { repeated Binding arguments = 1; }
message Operation {
  string type = 1; map<string, Argument> inputs = 2; repeated NamedValueType outputs = 3; map<string, Value> attributes = 5;
}
message NamedValueType { string name = 1; ValueType type = 2; }
message ConstantDimension { uint64 size = 1; }
message Dimension { ConstantDimension constant = 1; }
message TensorType { int32 dataType = 1; int64 rank = 2; repeated Dimension dimensions = 3; }
message ListType { ValueType type = 1; Dimension length = 2; }
message DictionaryType { ValueType keyType = 1; ValueType valueType = 2; }
message ValueType { oneof type { TensorType tensorType = 1; ListType listType = 2; DictionaryType dictionaryType = 4; } }
message RepeatedFloats { repeated float values = 1; }
message RepeatedInts { repeated int32 values = 1; }
message RepeatedBools { repeated bool values = 1; }
message RepeatedStrings { repeated string values = 1; }
message RepeatedBytes { bytes values = 1; }
message TensorValue {
  oneof value {
    RepeatedFloats floats = 1; RepeatedInts ints = 2; RepeatedBools bools = 3; RepeatedStrings strings = 4;
    RepeatedBytes bytes = 7;
  }
}
message ListValue { repeated Value values = 1; }
message ImmediateValue { oneof value { TensorValue tensor = 1; ListValue list = 3; } }
message BlobFileValue { string fileName = 1; uint64 offset = 2; }
message Value { ValueType type = 2; oneof value { ImmediateValue immediateValue = 3; BlobFileValue blobFileValue = 5; } }`;

const modelType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('coreml.Model');

/** @param model  a `Model` of the schema. */
export function encodeModel(model: Readonly<Record<string, unknown>>): Uint8Array {
  return modelType.encode(modelType.create(model)).finish();
}
