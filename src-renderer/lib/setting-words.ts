/** The words for the settings of a run and for what it will cost, in the language that holds. */
import type { RunCost } from '../../src-main/contract/results.ts';
import type { AugmentationMode, Mode, Schedule, TrainConfig } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { getLocale } from '../paraglide/runtime.js';
import { formatBytes, formatGuess } from './format.ts';
import type { AdvancedSetting } from './settings.ts';
import { count } from './words.ts';

interface SettingWords {
  readonly name: string;
  readonly explanation: string;
}

type Pair = readonly [name: () => string, explanation: () => string];

const SETTINGS: Readonly<Record<Exclude<AdvancedSetting, 'backbone'>, Pair>> = {
  cut: [m.setting_cut, m.setting_cut_more],
  'head.hidden': [m.setting_hidden, m.setting_hidden_more],
  'head.activation': [m.setting_activation, m.setting_activation_more],
  'head.maxoutBranches': [m.setting_maxout, m.setting_maxout_more],
  'head.initialisation': [m.setting_initialisation, m.setting_initialisation_more],
  'head.dropout': [m.setting_dropout, m.setting_dropout_more],
  'head.dropoutKind': [m.setting_dropout_kind, m.setting_dropout_kind_more],
  'head.dropConnect': [m.setting_drop_connect, m.setting_drop_connect_more],
  'scratch.imageSize': [m.setting_image_size, m.setting_image_size_more],
  'scratch.width': [m.setting_width, m.setting_width_more],
  'scratch.blocks': [m.setting_blocks, m.setting_blocks_more],
  'scratch.activation': [m.setting_activation, m.setting_activation_more],
  'scratch.maxoutBranches': [m.setting_maxout, m.setting_maxout_more],
  'scratch.initialisation': [m.setting_initialisation, m.setting_initialisation_more],
  'scratch.batchNorm': [m.setting_batch_norm, m.setting_batch_norm_more],
  'scratch.pooling': [m.setting_pooling, m.setting_pooling_more],
  'scratch.stochasticDepth': [m.setting_depth, m.setting_depth_more],
  l1: [m.setting_l1, m.setting_l1_more],
  l2: [m.setting_l2, m.setting_l2_more],
  epochs: [m.setting_epochs, m.setting_epochs_more],
  patience: [m.setting_patience, m.setting_patience_more],
  learningRate: [m.setting_learning_rate, m.setting_learning_rate_more],
  schedule: [m.setting_schedule, m.setting_schedule_more],
  warmupEpochs: [m.setting_warmup, m.setting_warmup_more],
  optimizer: [m.setting_optimizer, m.setting_optimizer_more],
  batchSize: [m.setting_batch_size, m.setting_batch_size_more],
  weightDecay: [m.setting_weight_decay, m.setting_weight_decay_more],
  clipNorm: [m.setting_clip_norm, m.setting_clip_norm_more],
  emaDecay: [m.setting_ema_decay, m.setting_ema_decay_more],
  labelSmoothing: [m.setting_label_smoothing, m.setting_label_smoothing_more],
  balance: [m.setting_balance, m.setting_balance_more],
  coach: [m.setting_coach, m.setting_coach_more],
  embeddingPreprocessing: [m.setting_preprocess, m.setting_preprocess_more],
  pcaComponents: [m.setting_components, m.setting_components_more],
  pixelPreprocessing: [m.setting_pixels, m.setting_pixels_more],
  tuneEpochs: [m.setting_tune_epochs, m.setting_tune_epochs_more],
  tuneRateShare: [m.setting_tune_rate, m.setting_tune_rate_more],
  layerDecay: [m.setting_layer_decay, m.setting_layer_decay_more],
  tuneStochasticDepth: [m.setting_tune_depth, m.setting_tune_depth_more],
  headFirst: [m.setting_head_first, m.setting_head_first_more],
  cachePrecision: [m.setting_precision, m.setting_precision_more],
  variants: [m.setting_variants, m.setting_variants_more],
  flip: [m.setting_flip, m.setting_flip_more],
  minCropArea: [m.setting_crop, m.setting_crop_more],
  rotationDegrees: [m.setting_rotation, m.setting_rotation_more],
  colourJitter: [m.setting_colour, m.setting_colour_more],
  validationFraction: [m.setting_validation, m.setting_validation_more],
  testFraction: [m.setting_test, m.setting_test_more],
  seed: [m.setting_seed, m.setting_seed_more],
};

/** Whether a setting is one of those behind "Advanced", which have words of their own. */
export function hasWords(setting: string): setting is keyof typeof SETTINGS {
  return setting in SETTINGS;
}

export function settingWords(setting: keyof typeof SETTINGS): SettingWords {
  const [name, explanation] = SETTINGS[setting];
  return { name: name(), explanation: explanation() };
}

/** Names, the same in every language. */
export const optimizerNames = [
  { value: 'adamw', name: 'AdamW' },
  { value: 'sgd', name: 'SGD' },
] as const;

export function scheduleName(schedule: Schedule): string {
  return { constant: m.schedule_constant, cosine: m.schedule_cosine, step: m.schedule_step }[schedule]();
}

export function balanceName(balance: TrainConfig['balance']): string {
  return { none: m.balance_none, weights: m.balance_weights, sampling: m.balance_sampling }[balance]();
}

type Preprocessing = TrainConfig['embeddingPreprocessing'] | TrainConfig['pixelPreprocessing'];

export function preprocessingName(kind: Preprocessing): string {
  const names: Readonly<Record<Preprocessing, () => string>> = {
    none: m.preprocessing_none,
    centre: m.preprocessing_centre,
    'mean-image': m.preprocessing_mean_image,
    standardise: m.preprocessing_standardise,
    pca: m.preprocessing_pca,
    whiten: m.preprocessing_whiten,
  };
  return names[kind]();
}

export function modeWords(mode: Mode): SettingWords {
  const words: Readonly<Record<Mode, Pair>> = {
    head: [m.mode_head, m.mode_head_more],
    upper: [m.mode_upper, m.mode_upper_more],
    full: [m.mode_full, m.mode_full_more],
    scratch: [m.mode_scratch, m.mode_scratch_more],
  };
  const [name, explanation] = words[mode];
  return { name: name(), explanation: explanation() };
}

export function augmentationName(augmentation: AugmentationMode): string {
  return { off: m.augmentation_off, cached: m.augmentation_cached, live: m.augmentation_live }[augmentation]();
}

export function augmentationExplanation(augmentation: AugmentationMode, variants: number): string {
  if (augmentation === 'off') return m.augmentation_off_more();
  if (augmentation === 'live') return m.augmentation_live_more();
  return m.augmentation_cached_more({ variants: Number.isFinite(variants) ? count(variants) : '–' });
}

export interface CostWords {
  /** "about 9 s"; while no time can be guessed, the passes. */
  readonly main: string;
  /** "976 of 1,373 passes · 150 MB" */
  readonly more: string;
}

export function costWords({ passCount, reusedCount, seconds, diskBytes }: RunCost): CostWords {
  const space = diskBytes === 0 ? [] : [formatBytes(diskBytes, getLocale(), 0)];
  if (seconds === null) return { main: passWords(passCount, reusedCount), more: space.join() };
  const main = seconds === 0 ? m.cost_at_once() : m.about({ time: formatGuess(seconds, getLocale()) });
  return { main, more: [passWords(passCount, reusedCount), ...space].join(' · ') };
}

function passWords(passCount: number, reusedCount: number): string {
  if (passCount === 0) return m.cost_stored();
  if (reusedCount === 0) return m.cost_passes({ count: count(passCount) });
  return m.cost_passes_left({ count: count(passCount), total: count(passCount + reusedCount) });
}
