/** The kinds of variation as the page shows them: what switches each on, and the sliders that it has. Ranges are the contract's. */
import {
  AUGMENT_PRESET_NAMES,
  AUGMENT_PRESETS,
  augmentSettings,
  DEFAULT_CUTMIX,
  DEFAULT_MIXUP,
  mixSettings,
  type AugmentPreset,
  type AugmentSettings,
  type MixSettings,
} from '../../src-main/contract/augment.ts';
import type { AugmentationMode, TrainConfig } from '../../src-main/contract/training.ts';
import { boundsOf } from './settings.ts';
import { evenScale, powerScale, type SliderScale } from './slider-scale.ts';

export const AUGMENT_KINDS = [
  'flip',
  'crop',
  'scale',
  'rotation',
  'colour',
  'lens',
  'blur',
  'cutout',
  'mixup',
  'cutmix',
] as const;
export type AugmentKind = (typeof AUGMENT_KINDS)[number];
type MixKind = 'mixup' | 'cutmix';
type PictureKind = Exclude<AugmentKind, MixKind>;

/** The settings of each kind; the crop has two ways, of which one is in force. */
const MEMBERS: Readonly<Record<PictureKind, readonly (keyof AugmentSettings)[]>> = {
  flip: ['flip', 'flipProbability'],
  crop: ['minCropArea', 'cropProbability', 'scaleRange'],
  scale: ['scaleRange'],
  rotation: ['rotationDegrees', 'rotationProbability'],
  colour: ['colourJitter', 'hueJitter', 'colourProbability'],
  lens: ['lensDistortion', 'lensProbability'],
  blur: ['blurSigma', 'blurProbability'],
  cutout: ['cutoutShare', 'cutoutProbability'],
};

/** Half of the batches, where mixing is switched on: as timm does with both kinds. */
const MIXED_BATCHES = 0.5;
const UNMIXED: Readonly<Record<MixKind, MixSettings>> = { mixup: DEFAULT_MIXUP, cutmix: DEFAULT_CUTMIX };

function isMix(kind: AugmentKind): kind is MixKind {
  return kind === 'mixup' || kind === 'cutmix';
}

export function isOn(kind: AugmentKind, config: TrainConfig): boolean {
  return isMix(kind) ? config[kind].probability > 0 : varies(kind, config.augment);
}

function varies(kind: PictureKind, augment: AugmentSettings): boolean {
  const on: Readonly<Record<PictureKind, boolean>> = {
    flip: augment.flip,
    crop: augment.scaleRange === null && augment.minCropArea < 1,
    scale: augment.scaleRange !== null,
    rotation: augment.rotationDegrees > 0,
    colour: augment.colourJitter > 0 || (augment.hueJitter ?? 0) > 0,
    lens: augment.lensDistortion > 0,
    blur: augment.blurSigma > 0,
    cutout: augment.cutoutShare > 0,
  };
  return on[kind];
}

/** Pictures are not varied at all while augmentation is off, whatever the settings say. */
export function kindsOn(config: TrainConfig): readonly AugmentKind[] {
  return AUGMENT_KINDS.filter((kind) => isOn(kind, config));
}

/** The preset that holds these settings; null where they are the user's own. */
export function presetOf(augment: AugmentSettings): AugmentPreset | null {
  const members = Object.keys(augmentSettings.shape) as (keyof AugmentSettings)[]; // as: the keys of its own schema
  return AUGMENT_PRESET_NAMES.find((name) => isSame(members, augment, AUGMENT_PRESETS[name])) ?? null;
}

function isSame(members: readonly (keyof AugmentSettings)[], a: AugmentSettings, b: AugmentSettings): boolean {
  return members.every((member) => JSON.stringify(a[member]) === JSON.stringify(b[member]));
}

/** A kind with what the preset says of it; where the preset has it off, as the strong one has it. */
export function switched(kind: AugmentKind, config: TrainConfig, on: boolean, preset: AugmentPreset): TrainConfig {
  if (isMix(kind)) return { ...config, [kind]: { ...config[kind], probability: on ? MIXED_BATCHES : 0 } };
  if (!on) return withMembers(kind, config, AUGMENT_PRESETS.none);
  const examples = [AUGMENT_PRESETS[preset], AUGMENT_PRESETS.strong, AUGMENT_PRESETS.resnet];
  return withMembers(kind, config, examples.find((example) => varies(kind, example)) ?? AUGMENT_PRESETS.strong);
}

/** A kind as the preset has it; a preset mixes nothing. */
export function resetKind(kind: AugmentKind, config: TrainConfig, preset: AugmentPreset): TrainConfig {
  return isMix(kind) ? { ...config, [kind]: UNMIXED[kind] } : withMembers(kind, config, AUGMENT_PRESETS[preset]);
}

export function isKindChanged(kind: AugmentKind, config: TrainConfig, preset: AugmentPreset): boolean {
  if (isMix(kind)) return JSON.stringify(config[kind]) !== JSON.stringify(UNMIXED[kind]);
  return !isSame(MEMBERS[kind], config.augment, AUGMENT_PRESETS[preset]);
}

function withMembers(kind: PictureKind, config: TrainConfig, from: AugmentSettings): TrainConfig {
  const taken = Object.fromEntries(MEMBERS[kind].map((member) => [member, from[member]]));
  return { ...config, augment: { ...config.augment, ...taken } };
}

/** How pictures are varied once anything is: cheaply, where a frozen part lets variants be stored. */
export function varyingMode({ mode }: Pick<TrainConfig, 'mode'>): AugmentationMode {
  return mode === 'head' || mode === 'upper' ? 'cached' : 'live';
}

/** A part of a picture can be replaced where pictures or activations are mixed, not where embeddings are. */
export function canMix(kind: MixKind, { mode }: Pick<TrainConfig, 'mode'>): boolean {
  return kind === 'mixup' || mode !== 'head';
}

export type DialName =
  'often' | 'batches' | 'area' | 'side' | 'angle' | 'colour' | 'hue' | 'lens' | 'blur' | 'square' | 'alpha';

export interface Dial {
  readonly name: DialName;
  readonly scale: SliderScale;
  /** One, or both ends of a range. */
  readonly values: readonly number[];
  readonly marks: 'below' | 'above';
  readonly set: (values: readonly number[]) => TrainConfig;
}

type NumberMember = {
  [Member in keyof AugmentSettings]: AugmentSettings[Member] extends number ? Member : never;
}[keyof AugmentSettings];

/** The sliders of a kind, what it does first and how often last. */
export function dialsOf(kind: AugmentKind, config: TrainConfig): readonly Dial[] {
  const { augment } = config;
  const withAugment = (changes: Partial<AugmentSettings>): TrainConfig => ({
    ...config,
    augment: { ...augment, ...changes },
  });
  const dial = (name: DialName, member: NumberMember, step: number, marks: Dial['marks'] = 'below'): Dial => ({
    name,
    scale: scaleOf(member, step),
    values: [augment[member]],
    marks,
    set: ([value = augment[member]]) => withAugment({ [member]: value }),
  });
  const often = (member: NumberMember): Dial => dial('often', member, 0.05);
  switch (kind) {
    case 'flip':
      return [often('flipProbability')];
    case 'crop':
      return [dial('area', 'minCropArea', 0.01, 'above'), often('cropProbability')];
    case 'scale': {
      const [low, high] = augment.scaleRange ?? [224, 1000];
      const set: Dial['set'] = ([from = low, to = high]) => withAugment({ scaleRange: [from, to] });
      return [{ name: 'side', scale: SIDES, values: [low, high], marks: 'below', set }];
    }
    case 'rotation':
      return [dial('angle', 'rotationDegrees', 1), often('rotationProbability')];
    case 'colour': {
      const hue: Dial = {
        name: 'hue',
        scale: scaleOf('hueJitter', 0.01),
        values: [augment.hueJitter ?? augment.colourJitter / 10],
        marks: 'below',
        set: ([hueJitter = 0]) => withAugment({ hueJitter }),
      };
      return [dial('colour', 'colourJitter', 0.01), hue, often('colourProbability')];
    }
    case 'lens':
      return [dial('lens', 'lensDistortion', 0.01), often('lensProbability')];
    case 'blur':
      return [dial('blur', 'blurSigma', 0.1), often('blurProbability')];
    case 'cutout':
      return [dial('square', 'cutoutShare', 0.01), often('cutoutProbability')];
    case 'mixup':
    case 'cutmix':
      return mixDials(kind, config);
  }
}

function mixDials(kind: MixKind, config: TrainConfig): readonly Dial[] {
  const { alpha, probability } = config[kind];
  const withMix = (changes: Partial<MixSettings>): TrainConfig => ({
    ...config,
    [kind]: { ...config[kind], ...changes },
  });
  const shares = boundsOf(mixSettings.shape.probability);
  return [
    {
      name: 'alpha',
      scale: ALPHAS,
      values: [alpha],
      marks: 'below',
      set: ([next = alpha]) => withMix({ alpha: next }),
    },
    {
      name: 'batches',
      scale: evenScale(shares.min, shares.max, 0.05),
      values: [probability],
      marks: 'below',
      set: ([next = probability]) => withMix({ probability: next }),
    },
  ];
}

function scaleOf(member: NumberMember | 'hueJitter', step: number): SliderScale {
  const { min, max } = boundsOf(augmentSettings.shape[member]);
  return evenScale(min, max, step);
}

const alphas = boundsOf(mixSettings.shape.alpha);
const ALPHAS = powerScale(alphas.min, alphas.max);
const sides = boundsOf(augmentSettings.shape.scaleRange.unwrap().unwrap().def.items[0]);
const SIDES = evenScale(sides.min, sides.max, 8);
