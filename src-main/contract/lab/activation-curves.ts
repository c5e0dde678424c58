/** Activation curves: what it takes, and the numbers that its picture is drawn from. */
import { z } from 'zod';
import { HIDDEN_ACTIVATIONS } from '../training.ts';
import { backbone, fraction, real, seed, whole } from './options.ts';

const hiddenActivation = z.enum(HIDDEN_ACTIVATIONS);

export const curveOptions = z.object({
  backbone,
  seed,
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
