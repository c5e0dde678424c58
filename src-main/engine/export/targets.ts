import type { ExportFormat } from '../../contract/training.ts';
import type { Target } from './target.ts';

/** Every format; what writes and opens it is loaded when it is asked for. */
const TARGETS: Readonly<Record<ExportFormat, () => Promise<Target>>> = {
  tfjs: async () => (await import('./formats/tfjs.ts')).tfjs,
  onnx: async () => (await import('./formats/onnx.ts')).onnx,
  tflite: async () => (await import('./formats/tflite.ts')).tflite,
  'tflite-f16': async () => (await import('./formats/tflite.ts')).tfliteF16,
  'tflite-int8': async () => (await import('./formats/tflite.ts')).tfliteInt8,
  'tflite-uint8': async () => (await import('./formats/tflite.ts')).tfliteUint8,
};

export function targetOf(format: ExportFormat): Promise<Target> {
  return TARGETS[format]();
}
