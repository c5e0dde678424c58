/**
 * How much of the backbone to train: by how many pictures there are, how well its frozen features tell them apart, and the
 * time that there is. Pure.
 *
 * Context: Stanford's CS231n puts it as a table of size and similarity: little and similar, a linear classifier; much and
 * similar, the upper layers; much and different, more layers; little and different, trouble. The borders below give its
 * words numbers, each from elsewhere, none fitted to any set of pictures:
 *
 * | rule           | when                                                      | mode  |
 * |----------------|-----------------------------------------------------------|-------|
 * | scarce         | fewer than 10 training pictures in the median class       | head  |
 * | no-room        | fewer than 6 errors left among the pictures that check    | head  |
 * | few-similar    | at most 800 training pictures in all, features fit        | head  |
 * | few-different  | at most 800, features fit badly                           | upper |
 * | very-many      | 1,000 or more in the median class                         | full  |
 * | many-similar   | more than 800, features fit                               | upper |
 * | many-different | more than 800, features fit badly                         | full  |
 *
 * Cost: the borders are steps where truth is a slope; so every mode that is not proposed stands beside it with its reason.
 * More pictures, or features that fit worse, never lead towards freezing.
 */
import type { ModeAlternative, ModeChoice, ModeRule, TransferMode } from '../../contract/choosing.ts';
import { TRANSFER_MODES } from '../../contract/choosing.ts';
import type { Interval } from '../../contract/results.ts';
import type { AugmentationMode } from '../../contract/training.ts';
import { percent } from './race-backbones.ts';

export interface ModeFacts {
  readonly trainingCount: number;
  /** Training pictures. */
  readonly imagesPerClass: { readonly median: number };
  /** Pictures that the run will be judged by. */
  readonly checkedCount: number;
  /** Of a linear classifier on the frozen features, for pictures that it did not learn from. */
  readonly probe: { readonly accuracy: number; readonly interval: Interval };
  /** Accuracy of always naming the largest class. */
  readonly chance: number;
  /** What each mode would take; null where this machine has not shown it yet. */
  readonly seconds: Readonly<Record<TransferMode, Readonly<Record<AugmentationMode, number | null>>>>;
  /** Null: any. */
  readonly secondsAvailable: number | null;
}

/** Of them a fifth checks: two pictures a class cannot show that fine-tuning overfits. */
const SCARCE = 10;

/** Kornblith et al. 2019, section 4.7: with 47 to 800 examples in all, logistic regression does as well as fine-tuning or better. */
const FEW = 800;

/** As many a class as the backbones themselves learned from: ImageNet has 732 to 1,300. */
const VERY_MANY = 1000;

/**
 * The fewest pictures that a better model must get right besides, without losing one, to be better than noise: of McNemar's
 * exact test 2 · 0.5⁵ = 0.063 and 2 · 0.5⁶ = 0.031.
 */
const FEWEST_ERRORS = 6;

/**
 * Share of what guessing gets wrong that the features must settle to count as fitting: with less than half, most of what is to
 * be learned is not in them. Upper layers are made for the classes of ImageNet, and the further a task is from those, the
 * less of them carries over (Yosinski et al. 2014). Features count as different only if the whole interval says so.
 */
const FITTING = 0.5;

/** What each mode learns from by default. Of the whole network nothing is stored, so that new variants cost no passes. */
const AUGMENTATION: Readonly<Record<TransferMode, AugmentationMode>> = { head: 'off', upper: 'cached', full: 'live' };

export function chooseMode(facts: ModeFacts): ModeChoice {
  const rule = ruleOf(facts);
  const wanted = MODE_OF[rule];
  const possible = TRANSFER_MODES.slice(0, TRANSFER_MODES.indexOf(wanted) + 1).reverse();
  // The head is what is left when nothing fits: no other mode takes less.
  const mode = possible.find((candidate) => planOf(candidate, rule, facts).fits) ?? 'head';
  const { augmentation, seconds } = planOf(mode, rule, facts);
  const isShortOfTime = mode !== wanted;
  const reason = isShortOfTime
    ? `${DO[mode]}: ${lacking(wanted, rule, facts)}. Otherwise: ${DO[wanted].toLowerCase()}, since ${WHY[rule](facts)}.`
    : `${DO[mode]}: ${WHY[rule](facts)}.`;
  const alternatives = TRANSFER_MODES.filter((other) => other !== mode).map((other): ModeAlternative => {
    const plan = planOf(other, rule, facts);
    const isLacking = !plan.fits && other !== 'head';
    return {
      mode: other,
      seconds: plan.seconds,
      reason: isLacking ? `${capitalised(lacking(other, rule, facts))}.` : compared(other, wanted, facts),
    };
  });
  return { mode, augmentation, rule, isShortOfTime, reason, seconds, alternatives };
}

function ruleOf(facts: ModeFacts): ModeRule {
  const { imagesPerClass, trainingCount, probe, checkedCount } = facts;
  if (imagesPerClass.median < SCARCE) return 'scarce';
  if ((1 - probe.accuracy) * checkedCount < FEWEST_ERRORS) return 'no-room';
  const isDifferent = settledShare(probe.interval.high, facts) < FITTING;
  if (trainingCount <= FEW) return isDifferent ? 'few-different' : 'few-similar';
  if (imagesPerClass.median >= VERY_MANY) return 'very-many';
  return isDifferent ? 'many-different' : 'many-similar';
}

const MODE_OF: Readonly<Record<ModeRule, TransferMode>> = {
  scarce: 'head',
  'no-room': 'head',
  'few-similar': 'head',
  'few-different': 'upper',
  'many-similar': 'upper',
  'many-different': 'full',
  'very-many': 'full',
};

/** Of what guessing gets wrong: 0 is guessing, 1 is all correct. */
function settledShare(accuracy: number, { chance }: ModeFacts): number {
  return chance < 1 ? Math.max(0, (accuracy - chance) / (1 - chance)) : 1;
}

interface Plan {
  readonly augmentation: AugmentationMode;
  readonly seconds: number | null;
  /** Within the time that there is. What is not known is not promised. */
  readonly fits: boolean;
}

/** A mode with variants of the pictures where they help and there is time for them. */
function planOf(mode: TransferMode, rule: ModeRule, { seconds, secondsAvailable }: ModeFacts): Plan {
  const fits = (value: number | null) => secondsAvailable === null || (value !== null && value <= secondsAvailable);
  // Of so few pictures each variant counts, and their passes are few too.
  const helpful = mode === 'head' && rule === 'scarce' ? 'cached' : AUGMENTATION[mode];
  const augmentation = fits(seconds[mode][helpful]) ? helpful : 'off';
  return { augmentation, seconds: seconds[mode][augmentation], fits: fits(seconds[mode][augmentation]) };
}

const DO: Readonly<Record<TransferMode, string>> = {
  head: 'Freeze the backbone and train the head alone',
  upper: 'Train the head, then the upper layers with it',
  full: 'Train the head, then the whole network with it',
};

const WHY: Readonly<Record<ModeRule, (facts: ModeFacts) => string>> = {
  scarce: ({ imagesPerClass: { median } }) =>
    `with ${counted(median, 'training picture')} in the median class more layers would learn them by heart, and too few are left to notice it`,
  'no-room': ({ probe, checkedCount }) =>
    `the frozen features already get ${percent(probe.accuracy)} right, and ${counted(checkedCount, 'picture')} to check with could not show that anything is better`,
  'few-similar': (facts) =>
    `${sizeWords(facts)} are few, and ${fitWords(facts)}; up to ${FEW} pictures in all, a linear classifier does as well as fine-tuning`,
  'few-different': (facts) =>
    `${sizeWords(facts)} are few, but ${fitWords(facts)}; what they lack, the upper layers have to learn`,
  'many-similar': (facts) =>
    `${sizeWords(facts)} are enough to fine-tune, and ${fitWords(facts)}, so that the lower layers can stay as they are`,
  'many-different': (facts) =>
    `${sizeWords(facts)} are enough to fine-tune, and ${fitWords(facts)}, so that all layers have something to learn`,
  'very-many': (facts) => `${sizeWords(facts)} are as many as the backbone itself learned each of its classes from`,
};

function sizeWords({ trainingCount, imagesPerClass: { median } }: ModeFacts): string {
  return `${counted(trainingCount, 'training picture')} (${median.toLocaleString('en')} in the median class)`;
}

function fitWords(facts: ModeFacts): string {
  const { probe, chance } = facts;
  const settled = percent(settledShare(probe.accuracy, facts));
  return `the frozen features get ${percent(probe.accuracy)} right, ${settled} of the way from guessing (${percent(chance)}) to perfect`;
}

/** What speaks for and against a mode that is not the wanted one, or that is wanted and not proposed. */
function compared(mode: TransferMode, wanted: TransferMode, { probe, trainingCount }: ModeFacts): string {
  if (mode === 'head') return `The quickest; about ${percent(probe.accuracy)} can be expected of it.`;
  const what = mode === 'full' ? 'All layers' : 'The upper layers';
  const isMore = TRANSFER_MODES.indexOf(mode) > TRANSFER_MODES.indexOf(wanted);
  if (!isMore) return `${what} alone would learn: quicker, and the layers below stay as ImageNet made them.`;
  return `${what} would learn too: slower, and likelier to learn ${counted(trainingCount, 'picture')} by heart.`;
}

function lacking(mode: TransferMode, rule: ModeRule, facts: ModeFacts): string {
  const { seconds } = planOf(mode, rule, facts);
  const what = mode === 'full' ? 'the whole network' : 'fine-tuning the upper layers';
  if (seconds === null) return `how long ${what} takes here is not known before a first run`;
  return `${what} would take about ${counted(seconds, 'second')}, and there are ${facts.secondsAvailable ?? 0}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

const capitalised = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
