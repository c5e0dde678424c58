/** Runs side by side: which settings tell them apart, and whether their accuracies do. */
import type { BackboneChoice } from '../../src-main/contract/backbones.ts';
import type { RunSummary } from '../../src-main/contract/procedures.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { settingsOf, type Setting } from './flat-settings.ts';
import { formatPercent } from './format.ts';
import { choiceName, isSwitchSetting } from './setting-choices.ts';
import { augmentationName, hasWords, modeWords, settingWords } from './setting-words.ts';
import { isAdvancedSetting, isNumberSetting, PERCENT_SETTINGS, settingApplies } from './settings.ts';
import { decimal } from './words.ts';

export interface SettingRow {
  readonly setting: Setting;
  readonly name: string;
  /** One a run; null where the setting changes nothing in that run. */
  readonly values: readonly (string | null)[];
}

/** In the page's order; what only the command line sets comes last. */
export function differingSettings(
  configs: readonly TrainConfig[],
  backbones: readonly BackboneChoice[],
): readonly SettingRow[] {
  const all = configs.flatMap((config) => Object.keys(settingsOf(config))) as Setting[]; // as: the keys of settings
  const settings = [...new Set<Setting>(['mode', 'backbone', 'cut', 'augmentation', ...all])];
  return settings
    .map((setting) => ({
      setting,
      name: nameOf(setting),
      values: configs.map((config) => (doesApply(setting, config) ? valueWords(setting, config, backbones) : null)),
    }))
    .filter(({ values }) => new Set(values).size > 1);
}

function doesApply(setting: Setting, config: TrainConfig): boolean {
  return !isAdvancedSetting(setting) || settingApplies(setting, config);
}

function nameOf(setting: Setting): string {
  if (setting === 'mode') return m.mode();
  if (setting === 'augmentation') return m.augmentation();
  if (setting === 'backbone') return m.setting_backbone();
  return hasWords(setting) ? settingWords(setting).name : setting; // as the command line calls it
}

function valueWords(setting: Setting, config: TrainConfig, backbones: readonly BackboneChoice[]): string {
  const value = settingsOf(config)[setting];
  if (setting === 'mode') return modeWords(config.mode).name;
  if (setting === 'augmentation') return augmentationName(config.augmentation);
  if (setting === 'backbone') {
    const chosen = backbones.find(({ id, isDefault }) =>
      config.backbone === undefined ? isDefault : id === config.backbone,
    );
    return chosen?.title ?? config.backbone ?? m.automatic();
  }
  if (!isAdvancedSetting(setting)) return plainWords(value);
  if (isNumberSetting(setting)) {
    const number = settingsOf(config)[setting];
    return PERCENT_SETTINGS.includes(setting) ? formatPercent(number) : decimal(number);
  }
  if (isSwitchSetting(setting)) return value === true ? m.on() : m.off();
  return choiceName(setting, config);
}

function plainWords(value: unknown): string {
  if (typeof value === 'number') return decimal(value);
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '–' : JSON.stringify(value).replaceAll(/["{}[\]]/g, '');
}

type Judged = Pick<RunSummary, 'config' | 'report'>;

/** Whether all runs were judged by pictures of the same split, so that their accuracies can be held against each other. */
export function sharesSplit(runs: readonly Judged[]): boolean {
  const splits = runs.map(({ config: { seed, validationFraction, testFraction }, report }) =>
    JSON.stringify([seed, validationFraction, testFraction, report?.counts.val, report?.counts.test]),
  );
  return new Set(splits).size <= 1;
}

/** Whether the 95 % interval of each run reaches into that of every other. */
export function intervalsOverlap(runs: readonly Judged[]): boolean {
  const intervals = runs.flatMap(({ report }) => (report === null ? [] : [report.accuracy.interval]));
  return Math.max(...intervals.map(({ low }) => low)) <= Math.min(...intervals.map(({ high }) => high));
}
