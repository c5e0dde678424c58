import { EngineError } from '../contract/errors.ts';
import { rangeWords, valueAt } from '../contract/setting-range.ts';
import { requireSettingsThatFit } from '../contract/setting-rules.ts';
import { trainConfig, type TrainConfig } from '../contract/training.ts';
import { layersOf, RENAMED_LAYER_FLAGS } from './layer-flags.ts';
import { augmentOf } from './augment-flags.ts';
import { modelFolderOf } from './model-folder.ts';
import type { TrainFlags } from './training-flags.ts';

/** @throws EngineError `setting/out-of-range` that names the flag, its value and what is allowed. */
export function toTrainConfig(flags: Omit<TrainFlags, 'formats'>): TrainConfig {
  const { valFraction, preprocess, from, ...sameNames } = flags;
  return checked({
    ...sameNames,
    ...(from === undefined ? {} : { from: modelFolderOf(from) }),
    validationFraction: valFraction,
    embeddingPreprocessing: preprocess,
    ...layersOf(flags),
    ...augmentOf(flags),
  });
}

/**
 * The settings, if all are in their range and fit together; what are none is dropped.
 *
 * @throws EngineError `setting/out-of-range` that names the flag, its value and what is allowed.
 */
export function checked(settings: object): TrainConfig {
  const parsed = trainConfig.safeParse(settings);
  if (parsed.success) {
    requireSettingsThatFit(parsed.data);
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  const setting = path.filter((name) => !/^\d+$/.test(name)); // a flag gives all members of a tuple
  const value = String(valueAt(settings, setting));
  const allowed = rangeWords(trainConfig, path) ?? issue?.message ?? 'it is out of range';
  const message = `--${flagOf(setting)} ${value} cannot be used: ${allowed}.`;
  throw new EngineError('setting/out-of-range', message, { setting: setting.join('.'), value, allowed });
}

/** Settings of layers and of augmentation have flags of their own names, those of mixing bear the name of the kind. */
function flagOf(path: readonly string[]): string {
  const renamed = RENAMED_LAYER_FLAGS[path.join('.')];
  if (renamed !== undefined) return renamed;
  const name = path.filter((part) => !['augment', 'head', 'scratch'].includes(part)).join('-');
  if (name === 'validationFraction') return 'val-fraction';
  if (name === 'embeddingPreprocessing') return 'preprocess';
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
