/** Settings that are one of a few: what there is to choose, in words. */
import {
  BALANCES,
  CACHE_PRECISIONS,
  DROPOUT_KINDS,
  EMBEDDING_PREPROCESSINGS,
  HIDDEN_ACTIVATIONS,
  INITIALISATIONS,
  PIXEL_PREPROCESSINGS,
  POOLINGS,
  SCHEDULES,
  type TrainConfig,
} from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { DEFAULT_SETTINGS, settingsOf } from './flat-settings.ts';
import { activationName, initialisationName } from './lab-words.ts';
import { balanceName, optimizerNames, preprocessingName, scheduleName } from './setting-words.ts';
import { withSetting, type AdvancedSetting, type NumberSetting } from './settings.ts';

const SWITCH_SETTINGS = ['headFirst', 'flip', 'coach', 'scratch.batchNorm'] as const;
type SwitchSetting = (typeof SWITCH_SETTINGS)[number];
export type ChoiceSetting = Exclude<AdvancedSetting, NumberSetting | SwitchSetting | 'backbone'>;

interface Choice {
  readonly value: string;
  readonly name: string;
}

export function isSwitchSetting(setting: AdvancedSetting): setting is SwitchSetting {
  return SWITCH_SETTINGS.some((one) => one === setting);
}

/** Stands in a list for what is left to Fovea, and for no hidden layer. */
const NOTHING = '';

/** Layers that are offered; others come from the command line and from the coach. */
const HIDDEN = ['', '128', '256', '512', '256,128', '512,256'] as const;

/** @param cuts  nodes that fine-tuning can start from; empty while they are not known. */
export function choicesOf(setting: ChoiceSetting, config: TrainConfig, cuts: readonly string[]): readonly Choice[] {
  const current = choiceOf(setting, config);
  const automatic = { value: NOTHING, name: m.automatic() };
  const plain = (values: readonly string[], nameOf: (value: string) => string): readonly Choice[] =>
    withCurrent(values, current).map((value) => ({ value, name: nameOf(value) }));
  const lists: Readonly<Record<ChoiceSetting, () => readonly Choice[]>> = {
    optimizer: () => optimizerNames,
    schedule: () => [automatic, ...SCHEDULES.map((value) => ({ value, name: scheduleName(value) }))],
    balance: () => BALANCES.map((value) => ({ value, name: balanceName(value) })),
    embeddingPreprocessing: () => EMBEDDING_PREPROCESSINGS.map((value) => ({ value, name: preprocessingName(value) })),
    pixelPreprocessing: () => PIXEL_PREPROCESSINGS.map((value) => ({ value, name: preprocessingName(value) })),
    cachePrecision: () => plain(CACHE_PRECISIONS, (value) => value),
    cut: () => [automatic, ...plain(cuts, (value) => value).filter(({ value }) => value !== NOTHING)],
    'head.hidden': () => plain(HIDDEN, hiddenName),
    'head.activation': activations,
    'head.initialisation': initialisations,
    'head.dropoutKind': () => DROPOUT_KINDS.map((value) => ({ value, name: dropoutKindName(value) })),
    'scratch.activation': activations,
    'scratch.initialisation': initialisations,
    'scratch.pooling': () => POOLINGS.map((value) => ({ value, name: poolingName(value) })),
  };
  return lists[setting]();
}

/** What is chosen, as a list's value. */
export function choiceOf(setting: ChoiceSetting, config: TrainConfig): string {
  return asText(settingsOf(config)[setting]);
}

export function defaultChoice(setting: ChoiceSetting): string {
  return asText(DEFAULT_SETTINGS[setting]);
}

export function withChoice(config: TrainConfig, setting: ChoiceSetting, value: string): TrainConfig {
  if (setting === 'head.hidden') return withSetting(config, setting, layersOf(value));
  // as: the list holds nothing but the setting's own values
  return withSetting(config, setting, value === NOTHING ? undefined : (value as never));
}

/** The chosen value in words. */
export function choiceName(setting: ChoiceSetting, config: TrainConfig): string {
  const value = choiceOf(setting, config);
  return choicesOf(setting, config, []).find((choice) => choice.value === value)?.name ?? value;
}

function asText(value: string | readonly number[] | undefined): string {
  return typeof value === 'string' ? value : (value?.join() ?? NOTHING);
}

function withCurrent(values: readonly string[], current: string): readonly string[] {
  return values.includes(current) ? values : [current, ...values];
}

function layersOf(value: string): number[] {
  return value === NOTHING ? [] : value.split(',').map(Number);
}

function hiddenName(value: string): string {
  return value === NOTHING ? m.hidden_none() : layersOf(value).join(' + ');
}

function activations(): readonly Choice[] {
  return HIDDEN_ACTIVATIONS.map((value) => ({ value, name: activationName(value) }));
}

function initialisations(): readonly Choice[] {
  return INITIALISATIONS.map((value) => ({ value, name: initialisationName(value) }));
}

function dropoutKindName(kind: (typeof DROPOUT_KINDS)[number]): string {
  return { inverted: m.dropout_inverted, plain: m.dropout_plain }[kind]();
}

function poolingName(pooling: (typeof POOLINGS)[number]): string {
  return { stride: m.pooling_stride, max: m.pooling_max, fractional: m.pooling_fractional }[pooling]();
}
