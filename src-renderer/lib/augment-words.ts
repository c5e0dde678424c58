/** The words for how pictures are varied, in the language that holds. */
import type { Augmentation, AugmentationPreview, AugmentPreset } from '../../src-main/contract/augment.ts';
import type { RunCost } from '../../src-main/contract/results.ts';
import { m } from '../paraglide/messages.js';
import { getLocale } from '../paraglide/runtime.js';
import type { AugmentKind, DialName } from './augment-kinds.ts';
import { formatBytes, formatGuess, formatPercent, formatSeconds } from './format.ts';
import { costWords } from './setting-words.ts';
import { count } from './words.ts';

type Pair = readonly [name: () => string, explanation: () => string];

const PRESETS: Readonly<Record<AugmentPreset, Pair>> = {
  none: [m.augment_none, m.augment_none_more],
  gentle: [m.augment_gentle, m.augment_gentle_more],
  photographs: [m.augment_photographs, m.augment_photographs_more],
  documents: [m.augment_documents, m.augment_documents_more],
  strong: [m.augment_strong, m.augment_strong_more],
  resnet: [m.augment_resnet, m.augment_resnet_more],
};

export const presetName = (preset: AugmentPreset): string => PRESETS[preset][0]();
export const presetExplanation = (preset: AugmentPreset): string => PRESETS[preset][1]();

const KINDS: Readonly<Record<AugmentKind, () => string>> = {
  flip: m.augment_flip,
  crop: m.augment_crop,
  scale: m.augment_scale,
  rotation: m.augment_rotation,
  colour: m.augment_colour,
  lens: m.augment_lens,
  blur: m.augment_blur,
  cutout: m.augment_cutout,
  mixup: m.augment_mixup,
  cutmix: m.augment_cutmix,
};

export const kindName = (kind: AugmentKind): string => KINDS[kind]();

const DIALS: Readonly<Record<DialName, () => string>> = {
  often: m.dial_often,
  batches: m.dial_batches,
  area: m.dial_area,
  side: m.dial_side,
  angle: m.dial_angle,
  colour: m.dial_colour,
  hue: m.dial_hue,
  lens: m.dial_lens,
  blur: m.dial_blur,
  square: m.dial_square,
  alpha: m.dial_alpha,
};

export const dialName = (name: DialName): string => DIALS[name]();

const percent = (share: number): string => formatPercent(share, 0);
const NBSP = '\u00a0';

/** "± 12°", "70–100 %", "256–480 px" */
export function dialValue(name: DialName, [value = 0, high = value]: readonly number[]): string {
  switch (name) {
    case 'often':
    case 'batches':
      return percent(value);
    case 'area':
      return value >= 1 ? percent(1) : `${Math.round(value * 100)}–100${NBSP}%`;
    case 'side':
      return `${value}–${high}${NBSP}px`;
    case 'angle':
      return `±${NBSP}${value}°`;
    case 'colour':
      return `±${NBSP}${percent(value)}`;
    case 'hue':
      return `±${NBSP}${Math.round(value * 360)}°`;
    case 'lens':
      return `±${NBSP}${percent(value)}`;
    case 'blur':
      return `≤${NBSP}${value.toFixed(1)}${NBSP}px`;
    case 'square':
      return `≤${NBSP}${percent(value)}`;
    case 'alpha':
      return String(value);
  }
}

type SeenEpoch = AugmentationPreview['epochs'][number];

/** What was done to a picture, what shows most first; empty where it is as it is. */
export function seenWords({ augmentation, mix }: Pick<SeenEpoch, 'augmentation' | 'mix'>): readonly string[] {
  const mixed =
    mix === null ? [] : [m.seen_mix({ kind: kindName(mix.kind), share: percent(1 - mix.share), name: mix.className })];
  const changes = changesOf(augmentation)
    .filter(({ strength }) => strength > 0)
    .toSorted((a, b) => b.strength - a.strength)
    .map(({ words }) => words);
  return [...mixed, ...changes];
}

interface Change {
  readonly words: string;
  /** 1 for what nobody overlooks. */
  readonly strength: number;
}

function changesOf(seen: Augmentation): readonly Change[] {
  const area = seen.crop.width * seen.crop.height;
  const degrees = (seen.rotationRadians * 180) / Math.PI;
  const hidden = seen.cutout === null ? 0 : seen.cutout.width * seen.cutout.height;
  const factor = (name: string, value: number): Change => ({
    words: `${name} ${signed(Math.round((value - 1) * 100))}${NBSP}%`,
    strength: Math.abs(value - 1) * 3,
  });
  return [
    { words: m.seen_flip(), strength: seen.isFlipped ? 1 : 0 },
    { words: m.seen_crop({ area: percent(area) }), strength: (1 - area) * 2 },
    { words: m.seen_turn({ angle: `${signed(Math.round(degrees))}°` }), strength: Math.abs(degrees) / 15 },
    {
      words: seen.lensCoefficient > 0 ? m.seen_barrel() : m.seen_pincushion(),
      strength: Math.abs(seen.lensCoefficient) * 8,
    },
    factor(m.seen_brightness(), seen.brightness),
    factor(m.seen_contrast(), seen.contrast),
    factor(m.seen_saturation(), seen.saturation),
    {
      words: m.seen_hue({ angle: `${signed(Math.round(seen.hueTurns * 360))}°` }),
      strength: Math.abs(seen.hueTurns) * 15,
    },
    { words: m.seen_blur({ pixels: `${seen.blurSigma.toFixed(1)}${NBSP}px` }), strength: seen.blurSigma / 1.5 },
    { words: m.seen_cutout({ share: percent(hidden) }), strength: hidden * 8 },
  ];
}

/** "+ 12", "− 9" with the signs of typography */
function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${NBSP}${Math.abs(value)}`;
}

/** Shorter epochs are not told apart. */
const LEAST_SECONDS = 0.01;

/** What an epoch of the run takes on average, and the run: "0.4 s an epoch" and "about 24 s · 976 passes". */
export function epochCostWords(cost: RunCost, epochs: number): { readonly main: string; readonly more: string } {
  if (cost.seconds === null) return costWords(cost);
  const locale = getLocale();
  const space = cost.diskBytes === 0 ? [] : [formatBytes(cost.diskBytes, locale, 0)];
  const whole = m.about({ time: formatGuess(cost.seconds, locale) });
  const perEpoch = cost.seconds / epochs;
  const least = formatSeconds(LEAST_SECONDS, locale);
  return {
    main:
      perEpoch < LEAST_SECONDS
        ? m.cost_per_epoch_less({ time: least })
        : m.cost_per_epoch({ time: formatSeconds(perEpoch, locale) }),
    more: [m.cost_whole_run({ time: whole, epochs: count(epochs) }), ...space].join(' · '),
  };
}
