/** The settings of a run side by side, as the page shows them, and back to where the contract has them. */
import { augmentSettings, type AugmentSettings } from '../../src-main/contract/augment.ts';
import {
  DEFAULT_TRAIN_CONFIG,
  headSettings,
  scratchSettings,
  trainConfig,
  type HeadSettings,
  type ScratchSettings,
  type TrainConfig,
} from '../../src-main/contract/training.ts';

type Prefixed<Prefix extends string, T> = { readonly [Key in keyof T & string as `${Prefix}.${Key}`]: T[Key] };

/** Those of augmentation lie within `augment` in the contract; head and network from scratch have some of the same names. */
export type Settings = Omit<TrainConfig, 'augment' | 'head' | 'scratch'> &
  AugmentSettings &
  Prefixed<'head', HeadSettings> &
  Prefixed<'scratch', ScratchSettings>;
export type Setting = keyof Settings;

export function settingsOf({ augment, head, scratch, ...others }: TrainConfig): Settings {
  // as: each name with its prefix is one of `Settings`
  return { ...others, ...augment, ...prefixed('head', head), ...prefixed('scratch', scratch) } as Settings;
}

export function configOf(settings: Settings): TrainConfig {
  const entries = Object.entries(settings);
  const within = (prefix: string) =>
    Object.fromEntries(
      entries.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
    );
  const isAugment = (name: string) => name in augmentSettings.shape;
  return {
    ...Object.fromEntries(entries.filter(([name]) => !name.includes('.') && !isAugment(name))),
    augment: Object.fromEntries(entries.filter(([name]) => isAugment(name))),
    head: within('head.'),
    scratch: within('scratch.'),
  } as TrainConfig; // as: the names of `Settings`, sorted into four
}

export const DEFAULT_SETTINGS: Settings = settingsOf(DEFAULT_TRAIN_CONFIG);

/** The contract's own, by the same names. */
export const SETTING_SCHEMAS = {
  ...trainConfig.shape,
  ...augmentSettings.shape,
  ...prefixed('head', headSettings.shape),
  ...prefixed('scratch', scratchSettings.shape),
};

function prefixed<Prefix extends string, T extends object>(prefix: Prefix, values: T): Prefixed<Prefix, T> {
  // as: nothing but the names is changed
  return Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, unknown]) => [`${prefix}.${name}`, value]),
  ) as Prefixed<Prefix, T>;
}
