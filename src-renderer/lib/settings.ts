/** Settings of a run: what is off the default, what is out of range, and the ranges in words' parts. */
import { DEFAULT_TRAIN_CONFIG, trainConfig, type TrainConfig } from '../../src-main/contract/training.ts';

/** The settings that the page offers, in its order. */
export const NUMBER_SETTINGS = [
  'epochs',
  'learningRate',
  'weightDecay',
  'batchSize',
  'seed',
  'validationFraction',
  'testFraction',
] as const;
export type NumberSetting = (typeof NUMBER_SETTINGS)[number];

/** Shown and typed in percent. */
export const SHARE_SETTINGS: readonly NumberSetting[] = ['validationFraction', 'testFraction'];

export function isValid(setting: NumberSetting, value: number): boolean {
  return trainConfig.shape[setting].safeParse(value).success;
}

export function invalidSettings(config: TrainConfig): readonly NumberSetting[] {
  return NUMBER_SETTINGS.filter((setting) => !isValid(setting, config[setting]));
}

/** Settings that are not as Fovea comes, the backbone among them. */
export function changedSettings(config: TrainConfig): readonly (NumberSetting | 'backbone')[] {
  const numbers = NUMBER_SETTINGS.filter((setting) => config[setting] !== DEFAULT_TRAIN_CONFIG[setting]);
  return config.backbone === undefined ? numbers : ['backbone', ...numbers];
}

export interface SettingRange {
  readonly min: number;
  readonly max: number;
  /** Whether `min` itself is allowed. */
  readonly includesMin: boolean;
}

/** The contract's own range, so that the page cannot promise another. */
export function rangeOf(setting: NumberSetting): SettingRange {
  const { minValue, maxValue } = trainConfig.shape[setting];
  const min = minValue ?? 0;
  return { min, max: maxValue ?? Number.MAX_SAFE_INTEGER, includesMin: isValid(setting, min) };
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
