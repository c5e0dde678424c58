/** What cannot end well is refused before anything is computed. */
import type { ExportOrder } from '../contract/jobs.ts';
import { EngineError } from '../contract/errors.ts';
import type { TrainConfig } from '../contract/training.ts';
import { requireMixable } from '../engine/augment/mix.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { requireComponents } from '../engine/train/preprocess/fit.ts';

interface Run {
  readonly config: TrainConfig;
  readonly backbone: Backbone;
  readonly classCount: number;
  readonly trainingCount: number;
  readonly exports: ExportOrder | null;
}

/** @throws EngineError `setting/out-of-range` or `export/unsupported` that names the setting and what to choose instead. */
export function requirePossible({ config, backbone, classCount, trainingCount, exports }: Run): void {
  const { featureCount, imageSize } = backbone;
  if (config.mode !== 'scratch') requireComponents(config, featureCount, trainingCount);
  const shape = config.mode === 'head' ? [featureCount] : [imageSize, imageSize, 3];
  requireMixable(config, { shape, classCount });
  if (config.mode === 'scratch' && exports?.formats.includes('tfjs')) requireLayers(config);
}

/** TensorFlow.js has no layer for two of the things that a network from scratch may do. */
function requireLayers({ pixelPreprocessing, scratch: { pooling } }: TrainConfig): void {
  if (pixelPreprocessing === 'mean-image')
    throw unsupported('pixelPreprocessing', pixelPreprocessing, 'subtracts a mean image', 'centre or standardise');
  if (pooling === 'fractional') throw unsupported('pooling', pooling, 'pools by a fraction', 'stride or max');
}

function unsupported(setting: string, value: string, does: string, instead: string): EngineError {
  return new EngineError(
    'export/unsupported',
    `${setting} ${value} cannot be exported to TensorFlow.js, which has no layer that ${does}. Export to ONNX alone, or set ${setting} to ${instead}.`,
    { format: 'tfjs', setting, value },
  );
}
