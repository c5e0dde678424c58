/** The two things that a network from scratch may do and TensorFlow.js has no layer for: refused here, before and after training. */
import { EngineError } from '../../../contract/errors.ts';
import type { ExportFormat, TrainConfig } from '../../../contract/training.ts';

interface Limit {
  readonly does: string;
  /** The setting that brings such nodes, and what to set it to instead. */
  readonly setting: string;
  readonly instead: string;
}

const LIMITS = {
  offset: { does: 'subtracts a mean image', setting: 'pixelPreprocessing', instead: 'centre or standardise' },
  fractionalMaxPool: { does: 'pools by a fraction', setting: 'pooling', instead: 'stride or max' },
} as const satisfies Readonly<Record<string, Limit>>;

/** Of a network that has such a node. */
export function noTfjsLayer({ op, name }: { readonly op: keyof typeof LIMITS; readonly name: string }): EngineError {
  const { does, setting, instead } = LIMITS[op];
  return new EngineError(
    'export/unsupported',
    `TensorFlow.js has no layer that ${does} (node "${name}"). Export to ONNX, or train with ${setting} ${instead}.`,
    { format: 'tfjs', node: name },
  );
}

/** Formats that hold TensorFlow.js layers. */
const LAYER_FORMATS: readonly ExportFormat[] = ['tfjs', 'teachable-machine'];

/** @throws EngineError `export/unsupported` if one of the formats cannot hold what is trained from scratch with these settings. */
export function requireTfjsLayers(
  { pixelPreprocessing, scratch: { pooling } }: TrainConfig,
  formats: readonly ExportFormat[],
): void {
  if (!formats.some((format) => LAYER_FORMATS.includes(format))) return;
  if (pixelPreprocessing === 'mean-image') throw cannotHold('offset', pixelPreprocessing);
  if (pooling === 'fractional') throw cannotHold('fractionalMaxPool', pooling);
}

function cannotHold(op: keyof typeof LIMITS, value: string): EngineError {
  const { does, setting, instead } = LIMITS[op];
  return new EngineError(
    'export/unsupported',
    `${setting} ${value} cannot be exported to TensorFlow.js, which has no layer that ${does}. Export to ONNX alone, or set ${setting} to ${instead}.`,
    { format: 'tfjs', setting, value },
  );
}
