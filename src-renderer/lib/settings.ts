/** Settings of a run: which apply, what is off the default, what is out of range, and the ranges in words' parts. */
import { z } from 'zod';
import type { DatasetSummary } from '../../src-main/contract/dataset.ts';
import { learnsFromNothing } from '../../src-main/contract/setting-rules.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../src-main/contract/training.ts';
import {
  configOf,
  DEFAULT_SETTINGS,
  SETTING_SCHEMAS,
  settingsOf,
  type Setting,
  type Settings,
} from './flat-settings.ts';

/** Behind "Advanced", in the page's order. The mode and the kind of augmentation stand before it. */
const GROUPS = {
  backbone: ['backbone', 'cut'],
  head: ['head.hidden', 'head.activation', 'head.maxoutBranches', 'head.initialisation'],
  scratch: [
    'scratch.imageSize',
    'scratch.width',
    'scratch.blocks',
    'scratch.activation',
    'scratch.maxoutBranches',
    'scratch.initialisation',
    'scratch.batchNorm',
    'scratch.pooling',
  ],
  optimiser: [
    'epochs',
    'patience',
    'learningRate',
    'schedule',
    'warmupEpochs',
    'optimizer',
    'batchSize',
    'clipNorm',
    'balance',
    'coach',
  ],
  regularisation: [
    'weightDecay',
    'l1',
    'l2',
    'labelSmoothing',
    'emaDecay',
    'head.dropout',
    'head.dropoutKind',
    'head.dropConnect',
    'scratch.stochasticDepth',
  ],
  preprocessing: ['embeddingPreprocessing', 'pcaComponents', 'pixelPreprocessing'],
  tuning: ['tuneEpochs', 'tuneRateShare', 'layerDecay', 'tuneStochasticDepth', 'headFirst', 'cachePrecision'],
  augmentation: ['variants', 'flip', 'minCropArea', 'rotationDegrees', 'colourJitter'],
  split: ['validationFraction', 'testFraction', 'seed'],
} as const satisfies Readonly<Record<string, readonly Setting[]>>;
export type SettingGroup = keyof typeof GROUPS;
export type AdvancedSetting = (typeof GROUPS)[SettingGroup][number];

/** Embedding preprocessing that turns features onto principal axes. */
const PCA: readonly TrainConfig['embeddingPreprocessing'][] = ['pca', 'whiten'];

const ORDER: readonly AdvancedSetting[] = Object.values(GROUPS).flat();

export function isAdvancedSetting(setting: string): setting is AdvancedSetting {
  return isIn(ORDER, setting);
}

/** Whether a setting changes anything in a run with these settings. */
export function settingApplies(setting: AdvancedSetting, config: TrainConfig): boolean {
  const { mode, augmentation } = config;
  if (setting.startsWith('head.')) return !learnsFromNothing(mode) && appliesToHead(setting, config.head);
  if (setting === 'scratch.maxoutBranches') return learnsFromNothing(mode) && config.scratch.activation === 'maxout';
  if (setting === 'pixelPreprocessing' || setting.startsWith('scratch.')) return learnsFromNothing(mode);
  if (setting === 'pcaComponents') return trainsHead(config) && PCA.includes(config.embeddingPreprocessing);
  if (setting === 'embeddingPreprocessing') return trainsHead(config);
  if (setting === 'backbone') return !learnsFromNothing(mode);
  if (setting === 'epochs') return learnsFromNothing(mode) || trainsHead(config);
  if (setting === 'cut' || setting === 'cachePrecision') return mode === 'upper';
  if (setting === 'variants') return augmentation === 'cached';
  if (isIn(GROUPS.tuning, setting)) return mode === 'upper' || mode === 'full';
  return augmentation !== 'off' || !isIn(GROUPS.augmentation, setting);
}

/** A linear head has no hidden layer to set. */
function appliesToHead(setting: AdvancedSetting, { hidden, activation, dropout }: TrainConfig['head']): boolean {
  if (setting === 'head.dropoutKind') return dropout !== 0;
  if (setting === 'head.maxoutBranches') return hidden.length > 0 && activation === 'maxout';
  return hidden.length > 0 || !isIn(GROUPS.head, setting) || setting === 'head.hidden';
}

/** Whether a head learns from embeddings, alone or before fine-tuning. */
function trainsHead({ mode, headFirst }: TrainConfig): boolean {
  return !learnsFromNothing(mode) && (mode === 'head' || headFirst);
}

/** The groups that have something to set, with what applies of each. */
export function settingGroups(
  config: TrainConfig,
): readonly { readonly group: SettingGroup; readonly settings: readonly AdvancedSetting[] }[] {
  const groups = Object.keys(GROUPS) as SettingGroup[]; // as: the keys of a literal
  return groups
    .map((group) => ({ group, settings: GROUPS[group].filter((setting) => settingApplies(setting, config)) }))
    .filter(({ settings }) => settings.length > 0);
}

export const NUMBER_SETTINGS = [
  'epochs',
  'patience',
  'learningRate',
  'warmupEpochs',
  'batchSize',
  'weightDecay',
  'clipNorm',
  'emaDecay',
  'labelSmoothing',
  'l1',
  'l2',
  'head.maxoutBranches',
  'head.dropout',
  'head.dropConnect',
  'scratch.imageSize',
  'scratch.width',
  'scratch.blocks',
  'scratch.maxoutBranches',
  'scratch.stochasticDepth',
  'pcaComponents',
  'tuneEpochs',
  'tuneRateShare',
  'layerDecay',
  'tuneStochasticDepth',
  'variants',
  'minCropArea',
  'rotationDegrees',
  'colourJitter',
  'validationFraction',
  'testFraction',
  'seed',
] as const satisfies readonly AdvancedSetting[];
export type NumberSetting = (typeof NUMBER_SETTINGS)[number];

export function isNumberSetting(setting: AdvancedSetting): setting is NumberSetting {
  return isIn(NUMBER_SETTINGS, setting);
}

const SPLIT_SHARES: readonly AdvancedSetting[] = ['validationFraction', 'testFraction'];

/** Shares of the split that the folders decide. Where they bring no test, one can still be drawn from their training pictures. */
export function sharesFromFolders({
  splitSource,
  classes,
}: Pick<DatasetSummary, 'splitSource' | 'classes'>): readonly AdvancedSetting[] {
  if (splitSource === 'seed') return [];
  return classes.some(({ counts }) => counts.test > 0) ? SPLIT_SHARES : ['validationFraction'];
}

/** Shown and typed in percent. */
export const PERCENT_SETTINGS: readonly AdvancedSetting[] = [
  ...SPLIT_SHARES,
  'labelSmoothing',
  'tuneRateShare',
  'layerDecay',
  'tuneStochasticDepth',
  'minCropArea',
  'colourJitter',
  'head.dropout',
  'head.dropConnect',
  'scratch.stochasticDepth',
];

export function isValid(setting: NumberSetting, value: number): boolean {
  return SETTING_SCHEMAS[setting].safeParse(value).success;
}

/** Of the settings that apply. */
export function invalidSettings(config: TrainConfig): readonly NumberSetting[] {
  const settings = settingsOf(config);
  return NUMBER_SETTINGS.filter((setting) => settingApplies(setting, config) && !isValid(setting, settings[setting]));
}

/** Of the settings behind "Advanced" that apply, those that are not as Fovea comes. */
export function changedSettings(config: TrainConfig): readonly AdvancedSetting[] {
  const settings = settingsOf(config);
  return ORDER.filter((setting) => settingApplies(setting, config) && !isDefault(setting, settings));
}

function isDefault(setting: Setting, settings: Settings): boolean {
  return JSON.stringify(settings[setting]) === JSON.stringify(DEFAULT_SETTINGS[setting]); // layers are a list
}

/** The settings as they can be sent: what is out of range where it does not apply, and nobody sees it, is as Fovea comes. */
export function sendable(config: TrainConfig): TrainConfig {
  const settings = settingsOf(config);
  const hidden = NUMBER_SETTINGS.filter(
    (setting) => !settingApplies(setting, config) && !isValid(setting, settings[setting]),
  );
  return configOf({
    ...settings,
    ...Object.fromEntries(hidden.map((setting) => [setting, DEFAULT_SETTINGS[setting]])),
  });
}

/** A setting and its new value; undefined leaves it to Fovea. */
export function withSetting<S extends Setting>(
  config: TrainConfig,
  setting: S,
  value: Settings[S] | undefined,
): TrainConfig {
  const others = Object.entries(settingsOf(config)).filter(([name]) => name !== setting);
  const next = Object.fromEntries(value === undefined ? others : [...others, [setting, value]]);
  return configOf(next as Settings); // as: only settings that are optional are left to Fovea
}

/** Everything behind "Advanced" as Fovea comes. */
export function withoutAdvanced({ mode, augmentation }: TrainConfig): TrainConfig {
  return { ...DEFAULT_TRAIN_CONFIG, mode, augmentation };
}

/** Epochs that a run takes if it does not stop early. */
export function plannedEpochs({ mode, epochs, headFirst, tuneEpochs }: TrainConfig): number {
  if (mode === 'head' || mode === 'scratch') return epochs;
  return (headFirst ? epochs : 0) + tuneEpochs;
}

export interface SettingRange {
  readonly min: number;
  readonly max: number;
  /** Whether `min` itself is allowed. */
  readonly includesMin: boolean;
}

/** The contract's own range, so that the page cannot promise another. */
export function rangeOf(setting: NumberSetting): SettingRange {
  const { min, max } = boundsOf(SETTING_SCHEMAS[setting]);
  return { min, max, includesMin: isValid(setting, min) };
}

/** The bounds of a number's schema, also of one with a default or that may be null. */
export function boundsOf(schema: z.ZodType): { readonly min: number; readonly max: number } {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return boundsOf(schema.unwrap() as z.ZodType); // as: zod types the inner schema by its core
  }
  if (!(schema instanceof z.ZodNumber)) throw new TypeError(`No number's schema: ${schema.type}`);
  return { min: schema.minValue ?? 0, max: schema.maxValue ?? Number.MAX_SAFE_INTEGER };
}

/** What was typed, as a number; null while it is none. A comma counts as the decimal point. */
export function parseNumber(text: string): number | null {
  const cleaned = text.trim().replace(',', '.');
  if (cleaned === '') return null;
  const value = Number(cleaned);
  return Number.isFinite(value) ? value : null;
}

/** Percent typed to a fraction, without the noise of binary floats: 7 → 0.07. */
export function fractionOf(percent: number): number {
  return Number((percent / 100).toFixed(6));
}

export function percentOf(fraction: number): number {
  return Number((fraction * 100).toFixed(4));
}

function isIn<T extends string>(list: readonly T[], value: string): value is T {
  return list.some((item) => item === value);
}
