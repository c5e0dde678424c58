import type { ExportFormat } from '../../contract/training.ts';
import type { Target } from './target.ts';

/** Every format; what writes and opens it is loaded when it is asked for. */
const TARGETS: Readonly<Record<ExportFormat, () => Promise<Target>>> = {
  coreml: async () => (await import('./formats/coreml.ts')).coreMl,
  'coreml-mlmodel': async () => (await import('./formats/coreml-mlmodel.ts')).coreMlModel,
  keras: async () => (await import('./formats/keras.ts')).keras,
  'keras-h5': async () => (await import('./formats/keras-h5.ts')).kerasH5,
  onnx: async () => (await import('./formats/onnx.ts')).onnx,
  'onnx-any-size': async () => (await import('./formats/onnx.ts')).onnxAnySize,
  'onnx-nhwc': async () => (await import('./formats/onnx.ts')).onnxNhwc,
  'saved-model': async () => (await import('./formats/saved-model.ts')).savedModel,
  'saved-model-any-size': async () => (await import('./formats/saved-model.ts')).savedModelAnySize,
  'teachable-machine': async () => (await import('./formats/teachable-machine.ts')).teachableMachine,
  tfjs: async () => (await import('./formats/tfjs.ts')).tfjs,
  'tfjs-graph': async () => (await import('./formats/tfjs-graph.ts')).tfjsGraph,
  tflite: async () => (await import('./formats/tflite.ts')).tflite,
  'tflite-f16': async () => (await import('./formats/tflite.ts')).tfliteF16,
  'tflite-int8': async () => (await import('./formats/tflite.ts')).tfliteInt8,
  'tflite-uint8': async () => (await import('./formats/tflite.ts')).tfliteUint8,
};

export function targetOf(format: ExportFormat): Promise<Target> {
  return TARGETS[format]();
}
