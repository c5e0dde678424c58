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
  /** Whether train/val/test folders decided the split, or the seed did. */
  splitSource: z.enum(['folders', 'seed']),
  skipped: z.array(skippedFile),
  /** Why training cannot start, in words for the user; null when it can. */
  blocker: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type DatasetSummary = z.infer<typeof datasetSummary>;

/** Fewest usable pictures of a class: one to learn from and one to check with. */
export const MIN_IMAGES_PER_CLASS = 2;
