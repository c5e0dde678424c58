/** Changes of settings that the coach proposes: what they are called, and whether they hold already. */
import type { CoachAction } from '../../src-main/contract/coach.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { differingSettings } from './compare-runs.ts';
import {
  augmentationName,
  balanceName,
  modeWords,
  optimizerNames,
  hasWords,
  preprocessingName,
  scheduleName,
  settingWords,
} from './setting-words.ts';
import { settingsOf, type Setting } from './flat-settings.ts';
import { formatPercent } from './format.ts';
import { PERCENT_SETTINGS } from './settings.ts';
import { decimal } from './words.ts';

type Changes = CoachAction['changes'];

interface ChangeRow {
  readonly name: string;
  /** Empty where the setting is not one value, such as the layers of a head. */
  readonly from: string;
  readonly to: string;
}

/** Each change in words: 0.003 → 0.001. */
export function changeRows(changes: Changes, config: TrainConfig): readonly ChangeRow[] {
  const changed = { ...config, ...changes };
  return namesOf(changes).flatMap((setting) => {
    if (setting === 'head' || setting === 'scratch') return layerRows(setting, config, changed);
    return [{ name: nameOf(setting), from: valueWords(setting, config), to: valueWords(setting, changed) }];
  });
}

/** What changes within the layers of a head or of a network from scratch. */
function layerRows(layers: 'head' | 'scratch', config: TrainConfig, changed: TrainConfig): readonly ChangeRow[] {
  const [before, after] = [settingsOf(config), settingsOf(changed)];
  const isChanged = (setting: Setting) => JSON.stringify(before[setting]) !== JSON.stringify(after[setting]);
  return differingSettings([config, changed], [])
    .filter(({ setting }) => setting.startsWith(`${layers}.`) && isChanged(setting)) // others apply only now, or no more
    .map(({ name, values: [from, to] }) => ({ name, from: from ?? '–', to: to ?? '–' }));
}

/** Whether the settings are as proposed already. */
export function isApplied(changes: Changes, config: TrainConfig): boolean {
  return namesOf(changes).every((name) => JSON.stringify(changes[name]) === JSON.stringify(config[name]));
}

function namesOf(changes: Changes): readonly (keyof TrainConfig)[] {
  return Object.keys(changes) as (keyof TrainConfig)[]; // as: the keys of an object of settings
}

function nameOf(setting: keyof TrainConfig): string {
  if (setting === 'mode') return m.mode();
  if (setting === 'augmentation') return m.augmentation();
  if (setting === 'backbone') return m.setting_backbone();
  return hasWords(setting) ? settingWords(setting).name : m.setting_other();
}

function valueWords(setting: keyof TrainConfig, config: TrainConfig): string {
  const value = config[setting];
  if (setting === 'mode') return modeWords(config.mode).name;
  if (setting === 'augmentation') return augmentationName(config.augmentation);
  if (setting === 'schedule') return config.schedule === undefined ? m.automatic() : scheduleName(config.schedule);
  if (setting === 'balance') return balanceName(config.balance);
  if (setting === 'embeddingPreprocessing') return preprocessingName(config.embeddingPreprocessing);
  if (setting === 'optimizer') return optimizerNames.find((one) => one.value === config.optimizer)?.name ?? '';
  if (typeof value === 'number') {
    const isShare = PERCENT_SETTINGS.some((one) => one === setting);
    return isShare ? formatPercent(value) : decimal(Number(value.toPrecision(3)));
  }
  return typeof value === 'string' ? value : '';
}
