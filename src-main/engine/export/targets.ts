import type { ExportFormat } from '../../contract/training.ts';
import type { Target } from './target.ts';

/** Every format; what writes and opens it is loaded when it is asked for. */
const TARGETS: Readonly<Record<ExportFormat, () => Promise<Target>>> = {
  tfjs: async () => (await import('./formats/tfjs.ts')).tfjs,
  onnx: async () => (await import('./formats/onnx.ts')).onnx,
};

export function targetOf(format: ExportFormat): Promise<Target> {
  return TARGETS[format]();
}
