import { z } from 'zod';

export const SPLITS = ['training', 'validation', 'test'] as const;
export const split = z.enum(SPLITS);
export type Split = z.infer<typeof split>;

/** A file that is not used, and why, in words for the user. `path` is relative to the dataset folder, as on disk. */
export const skippedFile = z.object({ path: z.string(), reason: z.string() });
export type SkippedFile = z.infer<typeof skippedFile>;

export const picture = z.object({
  /** Stable within a dataset: first 16 hex digits of SHA-256 over the relative path. */
  id: z.string(),
  /** Relative to the dataset folder, raw as on disk. */
  path: z.string(),
  /** Class name, Unicode NFC. */
  className: z.string(),
  split,
  /** Upright size in pixels, after EXIF orientation. */
  width: z.int(),
  height: z.int(),
  /** EXIF orientation 1–8; 1 where the file says nothing. */
  orientation: z.int(),
  sizeBytes: z.int(),
  /** SHA-256 of the file, hex. */
  sha256: z.string(),
});
export type Picture = z.infer<typeof picture>;

/** A picture as the list of a dataset shows it, edits included. */
export const listedPicture = picture.extend({
  /** Left out by an edit. `split` is then the one that it was moved to, else its folder's, else training; it counts in none. */
  isExcluded: z.boolean().default(false),
  /** Its class by its folder, as that is called now, where an edit says another; null otherwise. */
  relabelledFrom: z.string().nullable().default(null),
  /** Whether an edit has decided its split. */
  isSplitEdited: z.boolean().default(false),
});
export type ListedPicture = z.infer<typeof listedPicture>;

/** Which pictures of a dataset are listed: those that all of it is true of. */
export const pictureFilter = z.object({
  className: z.string().optional(),
  /** Of any of these; beside `className`, of either. */
  classNames: z.array(z.string()).max(10_000).optional(),
  /** Excluded pictures are in no split. */
  split: split.optional(),
  /** Pictures that are left out: not listed, listed among the others, or listed alone. */
  excluded: z.enum(['hide', 'show', 'only']).default('hide'),
  /** Whether the picture itself was edited (relabelled, excluded, moved to a split); absent: either. */
  isEdited: z.boolean().optional(),
  /** Words that the path must hold, in any order, whatever their case. */
  search: z.string().max(1000).optional(),
});
export type PictureFilter = z.infer<typeof pictureFilter>;

export const classSummary = z.object({
  name: z.string(),
  imageCount: z.int(),
  counts: z.object({ training: z.int(), validation: z.int(), test: z.int() }),
  /** Pictures still missing before this class can be trained; 0 when it is ready. */
  missingCount: z.int(),
});
export type ClassSummary = z.infer<typeof classSummary>;

/** What lies in the folder, before any training. */
export const datasetSummary = z.object({
  classes: z.array(classSummary),
  imageCount: z.int(),
  /** Pictures that edits leave out; `imageCount` does not count them. */
  excludedCount: z.int().default(0),
  /** Whether train/val/test folders decided the split, or the seed did. */
  splitSource: z.enum(['folders', 'seed']),
  skipped: z.array(skippedFile),
  /** Why training cannot start, in words for the user; null when it can. */
  blocker: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type DatasetSummary = z.infer<typeof datasetSummary>;

/** Fewest usable pictures of a class: one to learn from and one to check with. */
export const MIN_IMAGES_PER_CLASS = 2;
