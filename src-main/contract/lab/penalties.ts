/** L1 against L2: what it takes, and the numbers that its picture is drawn from. */
import { z } from 'zod';
import { backbone, fraction, histogram, real, seed, whole } from './options.ts';

export const penaltyOptions = z.object({
  backbone,
  seed,
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
