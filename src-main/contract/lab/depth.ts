/** Initialisation × activation × depth: what it takes, and the numbers that its picture is drawn from. */
import { z } from 'zod';
import { HIDDEN_ACTIVATIONS, INITIALISATIONS } from '../training.ts';
import { backbone, fraction, histogram, seed, whole } from './options.ts';

const hiddenActivation = z.enum(HIDDEN_ACTIVATIONS);
const initialisation = z.enum(INITIALISATIONS);

export const depthOptions = z.object({
  backbone,
  seed,
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
