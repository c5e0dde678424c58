import { z } from 'zod';
import { interval } from './results.ts';
import { AUGMENTATIONS } from './training.ts';

const fraction = z.number().min(0).max(1);

/** What can be proposed; mode `scratch` is there to compare with. */
export const TRANSFER_MODES = ['head', 'upper', 'full'] as const;
export const transferMode = z.enum(TRANSFER_MODES);
export type TransferMode = z.infer<typeof transferMode>;

/** How many of the pictures a linear classifier on a backbone's frozen features gets right that it did not learn from. */
export const backboneStanding = z.object({
  id: z.string(),
  title: z.string(),
  accuracy: fraction,
  interval,
  /** Against the default backbone; null for that one itself. */
  againstDefault: z
    .object({
      /** Pictures that only this one gets right, and those that only the default does. */
      onlyThis: z.int(),
      onlyDefault: z.int(),
      /** Exact McNemar test, two-sided. */
      pValue: fraction,
    })
    .nullable(),
});
export type BackboneStanding = z.infer<typeof backboneStanding>;

/** The backbones that are installed, compared on the same folds of the user's own pictures. */
export const backboneRace = z.object({
  /** Proposed: the default unless another one is better by more than noise. */
  winner: z.string(),
  reason: z.string(),
  /** The default first. */
  standings: z.array(backboneStanding).min(1),
  /** Pictures that were checked, each by models that saw neither it nor a copy of it. */
  imageCount: z.int(),
  foldCount: z.int(),
  repeatCount: z.int(),
});
export type BackboneRace = z.infer<typeof backboneRace>;

/** Which line of the table in engine/choose/choose-mode.ts spoke. */
export const MODE_RULES = [
  'scarce',
  'no-room',
  'few-similar',
  'few-different',
  'many-similar',
  'many-different',
  'very-many',
] as const;
export const modeRule = z.enum(MODE_RULES);
export type ModeRule = z.infer<typeof modeRule>;

export const modeAlternative = z.object({
  mode: transferMode,
  /** Why it is not the one proposed, or what speaks for it. */
  reason: z.string(),
  /** What it would take; null where this machine has not shown it yet. */
  seconds: z.number().nullable(),
});
export type ModeAlternative = z.infer<typeof modeAlternative>;

export const modeChoice = z.object({
  mode: transferMode,
  augmentation: z.enum(AUGMENTATIONS),
  rule: modeRule,
  /** Whether another mode would have been proposed if there were time for it. */
  isShortOfTime: z.boolean(),
  reason: z.string(),
  seconds: z.number().nullable(),
  /** The other modes, from the fewest weights that learn to the most. */
  alternatives: z.array(modeAlternative),
});
export type ModeChoice = z.infer<typeof modeChoice>;

/** How to train on these pictures, and why. */
export const proposal = modeChoice.extend({
  backbone: z.string(),
  evidence: z.object({
    trainingCount: z.int(),
    /** Training pictures. */
    imagesPerClass: z.object({ min: z.int(), median: z.number() }),
    classCount: z.int(),
    /** Pictures that a run would be judged by. */
    checkedCount: z.int(),
    /** Accuracy of always naming the largest class. */
    chance: fraction,
    race: backboneRace,
    /** Passes through backbones that this took, and those that earlier runs had stored; none where all was remembered. */
    activations: z.object({ computed: z.int(), reused: z.int() }),
  }),
});
export type Proposal = z.infer<typeof proposal>;

/** Seeds that a comparison takes at most: each is two runs. */
export const MOST_SEEDS = 20;

/** One way of learning on the pictures that both ways are judged by. */
const learnedWay = z.object({
  accuracy: fraction,
  interval,
  /** Of one run, from start to end; the mean over the seeds. */
  seconds: z.number(),
});

/** A head on fewer of the training pictures. */
const headOnFewer = z.object({
  imagesPerClass: z.int(),
  imageCount: z.int(),
  /** Mean over the seeds. */
  accuracy: fraction,
});

/** What did transfer bring? A pretrained backbone against a network from scratch, on the same split. */
export const transferReport = z.object({
  split: z.enum(['validation', 'test']),
  /** Different pictures that both were judged by. */
  imageCount: z.int(),
  trainingCount: z.int(),
  /** With several seeds a picture counts as right where most of them get it right. */
  transfer: learnedWay,
  scratch: learnedWay,
  /** Pictures that only one of the two gets right. */
  onlyTransfer: z.int(),
  onlyScratch: z.int(),
  /** Exact McNemar test, two-sided. */
  pValue: fraction,
  seeds: z.array(z.object({ seed: z.int(), transfer: fraction, scratch: fraction })),
  /** Linear heads on the frozen backbone that saw only so many pictures of each class. */
  headOnFewer: z.array(headOnFewer),
  /** The fewest pictures that are enough to reach the network from scratch; null where no head reaches it. */
  enough: headOnFewer.nullable(),
  sentence: z.string(),
});
export type TransferReport = z.infer<typeof transferReport>;
