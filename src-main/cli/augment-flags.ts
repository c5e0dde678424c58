/** The flags that say how pictures are varied: a preset, and what differs from it. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  AUGMENT_PRESET_NAMES,
  AUGMENT_PRESETS,
  DEFAULT_AUGMENT_SETTINGS,
  DEFAULT_CUTMIX,
  DEFAULT_MIXUP,
  type AugmentPreset,
  type AugmentSettings,
  type MixSettings,
} from '../contract/augment.ts';
import { EngineError } from '../contract/errors.ts';
import { AUGMENTATIONS, DEFAULT_TRAIN_CONFIG, type AugmentationMode, type Mode } from '../contract/training.ts';
import { choice, number, parseNumber } from './flag-kinds.ts';

/** As commander hands them over: what was not given is absent. */
export interface AugmentFlags extends Readonly<Partial<Omit<AugmentSettings, 'flip' | 'scaleRange'>>> {
  readonly mode: Mode;
  readonly augmentation?: AugmentationMode;
  readonly variants?: number;
  readonly augmentPreset?: AugmentPreset;
  readonly augmentFlip?: boolean;
  /** Empty for none: commander makes other things of null. */
  readonly scaleRange?: readonly number[];
  readonly mixupAlpha: number;
  readonly mixupProbability: number;
  readonly cutmixAlpha: number;
  readonly cutmixProbability: number;
}

/**
 * What the flags say, ranges unchecked.
 *
 * @throws EngineError `setting/out-of-range` if augmentation is off, and a flag says how to vary pictures.
 */
export function augmentOf(flags: AugmentFlags) {
  const { augmentPreset = 'gentle', augmentFlip, variants = DEFAULT_TRAIN_CONFIG.variants, ...others } = flags;
  const { mixupAlpha, mixupProbability, cutmixAlpha, cutmixProbability } = flags;
  const preset = AUGMENT_PRESETS[augmentPreset];
  const scaleRange = others.scaleRange?.length === 0 ? null : others.scaleRange;
  const given = Object.entries({ ...others, flip: augmentFlip, scaleRange }).filter(
    ([name, value]) => name in preset && value !== undefined,
  );
  return {
    augmentation: augmentationOf(flags),
    variants,
    augment: { ...preset, ...Object.fromEntries(given) },
    mixup: { alpha: mixupAlpha, probability: mixupProbability } satisfies MixSettings,
    cutmix: { alpha: cutmixAlpha, probability: cutmixProbability } satisfies MixSettings,
  };
}

/** Who says how pictures are to be varied wants them varied: cheaply, where a frozen part lets variants be stored. */
function augmentationOf(flags: AugmentFlags): AugmentationMode {
  const { mode, augmentation, variants } = flags;
  const [varying] = varyingFlags(flags);
  if (augmentation === 'off' && varying !== undefined) throw variedAndOff(varying);
  if (augmentation !== undefined) return augmentation;
  if (varying === undefined) return DEFAULT_TRAIN_CONFIG.augmentation;
  const hasFrozenPart = mode === 'head' || mode === 'upper';
  return hasFrozenPart || variants !== undefined ? 'cached' : 'live';
}

/** Those that were given, with their values. "No mirroring" asks for less, not for more. */
function varyingFlags({ augmentPreset, augmentFlip, variants, ...others }: AugmentFlags): string[] {
  const preset = augmentPreset === 'none' ? undefined : augmentPreset;
  const settings = Object.entries(others).filter(([name]) => name in DEFAULT_AUGMENT_SETTINGS);
  const named = Object.entries({ augmentPreset: preset, augmentFlip: augmentFlip || undefined, variants });
  return [...named, ...settings].flatMap(([name, value]) => {
    if (value === undefined) return [];
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [value === true ? flag : `${flag} ${Array.isArray(value) ? value.join() || 'none' : String(value)}`];
  });
}

function variedAndOff(varying: string): EngineError {
  return new EngineError(
    'setting/out-of-range',
    `--augmentation off cannot be used together with ${varying}: the first leaves pictures as they are, the other says how to vary them. ` +
      'Leave out the one, or choose --augmentation cached or live.',
    { setting: 'augmentation', value: 'off', allowed: 'cached, live' },
  );
}

/** Adds the settings of augmentation; each help line ends with what the default preset says. */
export function withAugmentation(command: Command, byDefault?: AugmentationMode): Command {
  const way = 'none, a few stored variants of each picture, or a new one every epoch';
  const unless =
    'default: off; with a flag that says how to vary them cached in modes head and upper, live in full and scratch';
  choice(
    command,
    '--augmentation <way>',
    byDefault === undefined ? `${way} (${unless})` : way,
    AUGMENTATIONS,
    byDefault,
  );
  const variants = `variants of each picture in cached augmentation (${DEFAULT_TRAIN_CONFIG.variants})`;
  command.option('--variants <count>', variants, parseNumber);
  command.optionsGroup('What varies a picture (a flag replaces what the preset says; in brackets what "gentle" says):');
  choice(command, '--augment-preset <name>', 'settings for a kind of pictures (gentle)', AUGMENT_PRESET_NAMES);
  command
    .option('--augment-flip', 'mirror left and right (true)')
    .option('--no-augment-flip', 'never mirror: for text, signs and all that has a handed side');
  const setting = (flag: string, description: string, parse: (text: string) => unknown = parseNumber): void => {
    const option = new Option(flag).argParser(parse);
    const byDefault = Object.entries(DEFAULT_AUGMENT_SETTINGS).find(([name]) => name === option.attributeName())?.[1];
    option.description = byDefault === null ? description : `${description} (${String(byDefault)})`;
    command.addOption(option);
  };
  setting('--flip-probability <share>', 'how many of the pictures are mirrored');
  setting('--min-crop-area <share>', 'smallest share of the area that a crop keeps');
  const resnet =
    'in its place the ResNet crop: 224 × 224 of a picture whose side is scaled to between these, e.g. 256,480';
  setting('--scale-range <low,high>', `${resnet} (none)`, parseScaleRange);
  setting('--crop-probability <share>', 'how many are cropped');
  setting('--rotation-degrees <angle>', 'largest rotation to either side');
  setting('--rotation-probability <share>', 'how many are rotated');
  setting('--colour-jitter <share>', 'largest change of brightness, contrast and saturation');
  setting('--hue-jitter <share>', 'largest turn of hues, as a share of the circle (a tenth of the colour jitter)');
  setting('--colour-probability <share>', 'how many change their colours');
  setting('--lens-distortion <share>', 'largest shift of the corners, as by a lens, to a barrel or a pincushion');
  setting('--lens-probability <share>', 'how many are distorted');
  setting('--blur-sigma <pixels>', 'largest standard deviation of a Gaussian blur');
  setting('--blur-probability <share>', 'how many are blurred');
  setting('--cutout-share <share>', 'largest grey square that hides a part, as a share of the side');
  setting('--cutout-probability <share>', 'how many have one');

  command.optionsGroup('Pictures of a batch mixed with one another, and their labels:');
  const [ofMixup, ofCutmix] = [
    'share of the batches that are blended',
    'of the others, share of those that swap a part',
  ];
  number(command, '--mixup-probability <share>', ofMixup, DEFAULT_MIXUP.probability);
  number(command, '--mixup-alpha <number>', 'how far: near 0 hardly, 1 by any share', DEFAULT_MIXUP.alpha);
  number(command, '--cutmix-probability <share>', ofCutmix, DEFAULT_CUTMIX.probability);
  number(command, '--cutmix-alpha <number>', 'how large: near 0 all or nothing, 1 any size', DEFAULT_CUTMIX.alpha);
  return command;
}

/** Two numbers, or none of them for "none"; their range is the contract's to check. */
function parseScaleRange(text: string): readonly number[] {
  if (text.trim() === 'none') return [];
  const sides = text.split(',').map(parseNumber);
  if (sides.length !== 2) throw new InvalidArgumentError(`"${text}" is not two numbers like 256,480, and not none.`);
  return sides;
}
