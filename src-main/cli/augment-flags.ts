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
import { choice, number, parseNumber } from './flag-kinds.ts';

/** As commander hands them over: what was not given is absent. */
export interface AugmentFlags extends Readonly<Partial<Omit<AugmentSettings, 'flip' | 'scaleRange'>>> {
  readonly augmentPreset: AugmentPreset;
  readonly augmentFlip?: boolean;
  /** Empty for none: commander makes other things of null. */
  readonly scaleRange?: readonly number[];
  readonly mixupAlpha: number;
  readonly mixupProbability: number;
  readonly cutmixAlpha: number;
  readonly cutmixProbability: number;
}

/** What the flags say, ranges unchecked. */
export function augmentOf(flags: AugmentFlags) {
  const { augmentPreset, augmentFlip, mixupAlpha, mixupProbability, cutmixAlpha, cutmixProbability, ...others } = flags;
  const preset = AUGMENT_PRESETS[augmentPreset];
  const scaleRange = others.scaleRange?.length === 0 ? null : others.scaleRange;
  const given = Object.entries({ ...others, flip: augmentFlip, scaleRange }).filter(
    ([name, value]) => name in preset && value !== undefined,
  );
  return {
    augment: { ...preset, ...Object.fromEntries(given) },
    mixup: { alpha: mixupAlpha, probability: mixupProbability } satisfies MixSettings,
    cutmix: { alpha: cutmixAlpha, probability: cutmixProbability } satisfies MixSettings,
  };
}

/** Adds the settings of augmentation; each help line ends with what the default preset says. */
export function withAugmentation(command: Command): Command {
  command.optionsGroup('What varies a picture (a flag replaces what the preset says; in brackets what "gentle" says):');
  choice(command, '--augment-preset <name>', 'settings for a kind of pictures', AUGMENT_PRESET_NAMES, 'gentle');
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
