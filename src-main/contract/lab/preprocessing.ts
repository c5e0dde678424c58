/** Preprocessing: what it takes, and the numbers that its picture is drawn from. */
import { z } from 'zod';
import { seed, whole } from './options.ts';

export const preprocessingOptions = z.object({
  /** Side of the square that each picture becomes. */
  sizePx: whole(8, 64).default(32),
  /** Principal components to show; absent: 16, or as many as there are. */
  components: whole(1, 64).optional(),
  seed,
});
export type PreprocessingOptions = z.infer<typeof preprocessingOptions>;

/** A small picture to show: RGB 0–255, row after row. */
const smallPicture = z.array(z.int().min(0).max(255));

/** What has been done: centred, then either scaled by the deviation, or turned onto the principal axes, and that scaled along each. */
export const PREPROCESSING_STAGES = ['original', 'centred', 'standardised', 'decorrelated', 'whitened'] as const;

/** Of the training pictures, scaled down. */
export const preprocessingResult = z.object({
  /** Training pictures that were measured. */
  imageCount: z.int(),
  /** Side of the square that each became, pixels. */
  sizePx: z.int(),
  meanImage: smallPicture,
  /** Red, green and blue over all pixels, 0–255. */
  channels: z.array(z.object({ mean: z.number(), std: z.number() })).length(3),
  axes: z.object({
    /** Pictures that gave the axes: an even choice of those that were measured. */
    imageCount: z.int(),
    /** Variance along every axis there is, largest first; together they are all variance. */
    variances: z.array(z.number()),
    /** The first axes as pictures: 128 where a pixel has no part in it, lighter and darker where it has. */
    components: z.array(smallPicture),
  }),
  /** Pixels on the middle column from top to bottom, each with its three channels: small enough for a matrix that can be read. */
  dimensions: z.array(z.object({ y: z.int(), channel: z.enum(['red', 'green', 'blue']) })),
  stages: z.array(
    z.object({
      stage: z.enum(PREPROCESSING_STAGES),
      /** Of the dimensions; once decorrelated, of the axes along which they vary. */
      covariance: z.array(z.array(z.number())),
      /** The two dimensions that vary most, as if there were no others: a point for each of an even choice of pictures.
       *  None of the last two stages where the pictures are all alike. */
      points: z.array(z.tuple([z.number(), z.number()])),
    }),
  ),
  /** Places in `dimensions` of those two. */
  scattered: z.tuple([z.int(), z.int()]),
});
export type PreprocessingResult = z.infer<typeof preprocessingResult>;
