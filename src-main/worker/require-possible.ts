/** What cannot end well is refused before anything is computed. */
import { EngineError } from '../contract/errors.ts';
import type { TrainConfig } from '../contract/training.ts';
import { requireMixable } from '../engine/augment/mix.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { cutOf } from '../engine/features/trunk.ts';
import { possibleCuts } from '../engine/network/cut.ts';
import { hasResidualBranch } from '../engine/network/stochastic-depth.ts';
import { requireComponents } from '../engine/train/preprocess/fit.ts';

interface Run {
  readonly config: TrainConfig;
  readonly backbone: Backbone;
  readonly classCount: number;
  readonly trainingCount: number;
}

/** @throws EngineError `setting/out-of-range` that names the setting and what to choose instead. */
export function requirePossible({ config, backbone, classCount, trainingCount }: Run): void {
  const { featureCount, imageSize } = backbone;
  if (config.mode !== 'scratch') requireComponents(config, featureCount, trainingCount);
  const shape = config.mode === 'head' ? [featureCount] : [imageSize, imageSize, 3];
  requireMixable(config, { shape, classCount });
  requireSkippable(config, backbone);
}

/** Stochastic depth needs a residual branch that learns: the last stage of a backbone may have none, and MobileNet V1 has none at all. */
function requireSkippable(config: TrainConfig, backbone: Backbone): void {
  const { mode, tuneStochasticDepth: value } = config;
  const cut = cutOf(config, backbone);
  if (value === 0 || mode === 'scratch' || cut === null || hasResidualBranch(backbone.network, cut)) return;
  const { id, network } = backbone;
  const earlier = possibleCuts(network).findLast((name) => hasResidualBranch(network, name));
  const instead =
    earlier === undefined ? 'take a backbone that has some' : `let more of it learn, from ${earlier} on (setting cut)`;
  throw new EngineError(
    'setting/out-of-range',
    `tuneStochasticDepth ${value} cannot be used: nothing of ${id} from ${cut} on is a residual branch, which a step could skip. Set it to 0, or ${instead}.`,
    { setting: 'tuneStochasticDepth', value, allowed: '0' },
  );
}
