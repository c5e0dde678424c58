/** What cannot end well is refused before anything is computed. */
import type { ExportOrder } from '../contract/jobs.ts';
import type { TrainConfig } from '../contract/training.ts';
import { requireMixable } from '../engine/augment/mix.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { requireTfjsLayers } from '../engine/export/tfjs-limits.ts';
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
  if (config.mode === 'scratch' && exports?.formats.includes('tfjs')) requireTfjsLayers(config);
}
