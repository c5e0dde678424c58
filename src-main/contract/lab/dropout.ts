/** Dropout as an ensemble: what it takes, and the numbers that its picture is drawn from. */
import { z } from 'zod';
import { backbone, fraction, real, seed, whole } from './options.ts';

export const dropoutOptions = z.object({
  backbone,
  seed,
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
