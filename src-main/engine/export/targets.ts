import type { ExportFormat } from '../../contract/training.ts';
import type { Target } from './target.ts';

/** Every format; what writes and opens it is loaded when it is asked for. */
const TARGETS: Readonly<Record<ExportFormat, () => Promise<Target>>> = {
  onnx: async () => (await import('./formats/onnx.ts')).onnx,
  'onnx-any-size': async () => (await import('./formats/onnx.ts')).onnxAnySize,
  'onnx-nhwc': async () => (await import('./formats/onnx.ts')).onnxNhwc,
  'saved-model': async () => (await import('./formats/saved-model.ts')).savedModel,
  'saved-model-any-size': async () => (await import('./formats/saved-model.ts')).savedModelAnySize,
  'teachable-machine': async () => (await import('./formats/teachable-machine.ts')).teachableMachine,
  tfjs: async () => (await import('./formats/tfjs.ts')).tfjs,
  'tfjs-graph': async () => (await import('./formats/tfjs-graph.ts')).tfjsGraph,
};

export function targetOf(format: ExportFormat): Promise<Target> {
  return TARGETS[format]();
}
