/** The lab's experiments on the user's pictures: what each takes, and the numbers that its picture is drawn from. */
import { z } from 'zod';
import { HIDDEN_ACTIVATIONS, INITIALISATIONS } from './training.ts';

const hiddenActivation = z.enum(HIDDEN_ACTIVATIONS);
const initialisation = z.enum(INITIALISATIONS);

/** A number whose refusal says what is allowed. */
function ranged<N extends z.ZodNumber>(number: (message: string) => N, kind: string, from: number, to: number) {
  const allowed = `it takes ${kind} from ${from} to ${to}`;
  return number(allowed).min(from, allowed).max(to, allowed);
}
const whole = (from: number, to: number) => ranged((error) => z.int(error), 'a whole number', from, to);
const real = (from: number, to: number) => ranged((error) => z.number(error), 'a number', from, to);

const shared = {
  /** Catalogue id; absent: the one that a training would take. */
  backbone: z.string().min(1).optional(),
  /** Draws the pictures, the split and all weights: equal seeds give equal numbers on one backend. */
  seed: whole(0, 2 ** 31 - 1).default(0),
};

const fraction = z.number().min(0).max(1);

/** Counts of values between `from` and `to` in bins of equal width; the last holds `to` too. */
const histogram = z.object({ from: z.number(), to: z.number(), counts: z.array(z.int()) });
export type Histogram = z.infer<typeof histogram>;

/* Activation curves */

export const curveOptions = z.object({
  ...shared,
  /** Range of x that is drawn. */
  from: real(-20, -0.5).default(-6),
  to: real(0.5, 20).default(6),
  /** Points of each curve. */
  points: whole(3, 2001).default(241),
  /** Training pictures in the batch that shows the signs of gradients. */
  pictures: whole(2, 512).default(64),
  /** Units of each of that batch's two hidden layers. */
  units: whole(2, 256).default(64),
});
export type CurveOptions = z.infer<typeof curveOptions>;

/** Where the slope is below this share of the largest, a unit is called saturated: |tanh x| above 0.975. */
export const SATURATED_SLOPE_SHARE = 0.05;

export const activationCurve = z.object({
  activation: hiddenActivation,
  /** Of Maxout, what its two pieces w·x + b make: |x|, or a ReLU. Null for the others. */
  pieces: z.array(z.object({ weight: z.number(), bias: z.number() })).nullable(),
  /** f(x) and df/dx at the result's `x`. At a corner the slope is that of the lower side. */
  y: z.array(z.number()),
  slope: z.array(z.number()),
  /** Where the slope is below `SATURATED_SLOPE_SHARE` of the largest, within the range drawn. */
  saturated: z.array(z.object({ from: z.number(), to: z.number() })),
  /** Mean of f(x) where x is drawn from N(0, 1). */
  meanOutput: z.number(),
  /** Whether that mean is within 0.05 of 0. */
  isZeroCentred: z.boolean(),
  /** Whether outputs have both signs; otherwise all weights of a unit behind them are pulled the same way by a picture. */
  takesBothSigns: z.boolean(),
  saturates: z.enum(['both ends', 'below', 'never']),
  /** What a unit costs beyond its sum: a comparison, an exponential, or a second sum with as many weights again. */
  cost: z.enum(['comparison', 'exponential', 'second sum']),
  /** Whether a slope is learned with the weights. */
  isLearned: z.boolean(),
  /** Start with the first, try those, leave those alone; null: for its own purpose. */
  advice: z.enum(['first', 'try', 'avoid']).nullable(),
});
export type ActivationCurve = z.infer<typeof activationCurve>;

/** How alike the signs are of what one batch does to the weights of a hidden unit. Half is what chance gives. */
export const signAgreement = z.object({
  activation: z.enum(['sigmoid', 'tanh']),
  /** Share of a unit's weights whose gradient by one picture has the sign that most have, averaged over pictures. */
  perPicture: fraction,
  /** The same of the gradient by the whole batch: one share a unit. */
  perUnit: z.array(fraction),
});
export type SignAgreement = z.infer<typeof signAgreement>;

export const curveResult = z.object({
  x: z.array(z.number()),
  curves: z.array(activationCurve),
  signs: z.object({ pictureCount: z.int(), agreements: z.array(signAgreement) }),
});
export type CurveResult = z.infer<typeof curveResult>;

/* Initialisation × activation × depth */

export const depthOptions = z.object({
  ...shared,
  initialisations: z
    .array(initialisation)
    .min(1)
    .default([...INITIALISATIONS]),
  activations: z
    .array(hiddenActivation)
    .min(1)
    .default([...HIDDEN_ACTIVATIONS]),
  /** Hidden layers, and units of each. */
  depth: whole(1, 50).default(10),
  width: whole(8, 1024).default(256),
  /** What comes in: pixels of scaled-down pictures, or the backbone's embeddings. */
  reads: z.enum(['pixels', 'embeddings']).default('pixels'),
  /** Side of the pictures, pixels. */
  imageSize: whole(8, 64).default(32),
  /** Training pictures that are run through. */
  pictures: whole(2, 512).default(128),
  bins: whole(2, 200).default(41),
});
export type DepthOptions = z.infer<typeof depthOptions>;

/** A layer's outputs over all pictures and units. Null where a value is too large for float32. */
export const layerStatistics = z.object({
  mean: z.number().nullable(),
  std: z.number().nullable(),
  /** Share of outputs that are saturated (`SATURATED_SLOPE_SHARE`). */
  saturatedShare: fraction.nullable(),
  /** Share of units that are saturated on every picture: their weights learn nothing. */
  deadShare: fraction.nullable(),
  histogram: histogram.nullable(),
  /** Standard deviation of the loss's gradient by the outputs, where the last layer's is drawn from N(0, 1). */
  gradientStd: z.number().nullable(),
  /** What mean-field theory foretells, with the relative standard errors that this width leaves. */
  theory: z.object({
    mean: z.number(),
    std: z.number(),
    stdError: z.number(),
    gradientStd: z.number(),
    gradientError: z.number(),
  }),
});
export type LayerStatistics = z.infer<typeof layerStatistics>;

export const depthRun = z.object({
  initialisation,
  activation: hiddenActivation,
  /**
   * By the last layer: `explodes` where it overflows or its std is above 10 times the input's; `saturates` where its function
   * does so at both ends and most outputs are there; `collapses` where its std is below a twentieth of the input's; `vanishes`
   * where the signal arrives, and the gradient comes back to the first layer with less than a thousandth of its std.
   */
  verdict: z.enum(['keeps', 'collapses', 'saturates', 'explodes', 'vanishes']),
  /** From the input on. */
  layers: z.array(layerStatistics),
});
export type DepthRun = z.infer<typeof depthRun>;

export const depthResult = z.object({
  pictureCount: z.int(),
  /** Values that a picture brings. Over all pictures each has mean 0, and all together standard deviation 1. */
  inputCount: z.int(),
  runs: z.array(depthRun),
});
export type DepthResult = z.infer<typeof depthResult>;

/* L1 against L2 */

export const penaltyOptions = z.object({
  ...shared,
  /** λ of λ·Σ|w| and of λ·Σw². */
  strengths: z.array(real(1e-7, 10)).min(1).max(16).default([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]),
  /** Pictures of each split, at most. */
  pictures: whole(4, 5000).default(1000),
  /** Steps of the solver. */
  iterations: whole(1, 5000).default(600),
  /** How far below the validation accuracy that both penalties can reach a head may lie to count as equally good. */
  tolerance: real(0, 0.5).default(0.01),
  bins: whole(2, 200).default(41),
});
export type PenaltyOptions = z.infer<typeof penaltyOptions>;

/** Below this share of a head's largest weight, a weight is called near 0. */
export const NEAR_ZERO_SHARE = 0.01;

export const penalisedHead = z.object({
  penalty: z.enum(['none', 'l1', 'l2']),
  /** 0 without a penalty. */
  strength: z.number(),
  trainingAccuracy: fraction,
  validationAccuracy: fraction,
  /** Mean cross-entropy without the penalty, nats. */
  validationLoss: z.number(),
  /** Share of weights that are exactly 0, and share below `NEAR_ZERO_SHARE` of the largest. Biases do not count. */
  zeroShare: fraction,
  nearZeroShare: fraction,
  /** Features that some class has a weight of other than 0 for. */
  usedFeatureCount: z.int(),
  /** Of the weights by standardised features. */
  histogram,
});
export type PenalisedHead = z.infer<typeof penalisedHead>;

export const penaltyResult = z.object({
  pictureCounts: z.object({ training: z.int(), validation: z.int() }),
  featureCount: z.int(),
  /** Without a penalty first, then L1 and L2, each in the order of the strengths. */
  heads: z.array(penalisedHead),
  /**
   * Places in `heads` of what to set side by side: the strongest L1 and the strongest L2 that come within the tolerance of a
   * validation accuracy that both can reach, the lower of their two best.
   */
  matched: z.object({ l1: z.int(), l2: z.int() }),
});
export type PenaltyResult = z.infer<typeof penaltyResult>;

/* Dropout as an ensemble */

export const dropoutOptions = z.object({
  ...shared,
  /** Units of the hidden layer; 0: a linear head, whose embedding is dropped. */
  units: whole(0, 1024).default(128),
  /** Share that is dropped. */
  rate: real(0.05, 0.95).default(0.5),
  /** Masks, each of which makes a network of its own. */
  masks: whole(2, 1000).default(100),
  epochs: whole(1, 200).default(30),
  /** Validation pictures that are listed one by one, at most. All are measured. */
  pictures: whole(1, 500).default(100),
});
export type DropoutOptions = z.infer<typeof dropoutOptions>;

/** What the members of the ensemble say of one picture; probabilities by class. */
export const ensemblePicture = z.object({
  id: z.string(),
  path: z.string(),
  truth: z.string(),
  /** The whole network, scaled: what an exported model answers. */
  scaled: z.array(fraction),
  mean: z.array(fraction),
  /** Standard deviation over the masks. */
  std: z.array(z.number()),
  /** Share of the masks that name the same class as the scaled network. */
  agreement: fraction,
});
export type EnsemblePicture = z.infer<typeof ensemblePicture>;

export const ensembleSize = z.object({
  masks: z.int(),
  /** Of the averaged probabilities. */
  accuracy: fraction,
  /** Mean absolute difference of the averaged probabilities from the scaled network's. */
  difference: z.number(),
});
export type EnsembleSize = z.infer<typeof ensembleSize>;

export const dropoutResult = z.object({
  classes: z.array(z.string()),
  pictureCount: z.int(),
  /** Epochs that the head was trained. */
  ranEpochs: z.int(),
  accuracy: z.object({
    scaled: fraction,
    /** Mean, least and most of a single mask's. */
    single: z.object({ mean: fraction, least: fraction, most: fraction }),
    ensemble: fraction,
  }),
  /** Share of the pictures that the scaled network and the average of all masks name alike. */
  agreement: fraction,
  /** By number of masks averaged: 1, 2, 5, 10, … and all. */
  bySize: z.array(ensembleSize),
  pictures: z.array(ensemblePicture),
});
export type DropoutResult = z.infer<typeof dropoutResult>;

/* All of them */

export const EXPERIMENTS = ['activationCurves', 'depth', 'penalties', 'dropout'] as const;
export type Experiment = (typeof EXPERIMENTS)[number];

export interface ExperimentOptions {
  readonly activationCurves: CurveOptions;
  readonly depth: DepthOptions;
  readonly penalties: PenaltyOptions;
  readonly dropout: DropoutOptions;
}

export interface ExperimentResults {
  readonly activationCurves: CurveResult;
  readonly depth: DepthResult;
  readonly penalties: PenaltyResult;
  readonly dropout: DropoutResult;
}

/** One experiment with its options. */
export type ExperimentOrder = {
  [E in Experiment]: { readonly experiment: E; readonly options: ExperimentOptions[E] };
}[Experiment];
