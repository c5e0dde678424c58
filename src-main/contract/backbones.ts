import { z } from 'zod';

/** A backbone that is known: of the catalogue, or one that the user has added. */
export const backboneChoice = z.object({
  id: z.string(),
  title: z.string(),
  /** False where set-up could not bring it, or where nobody has asked for it. */
  isInstalled: z.boolean(),
  /** True of one that set-up leaves to `fovea backbones add`. */
  isOnRequest: z.boolean(),
  /** Whether it lies in the user's own folder, so that it can be removed. */
  isAdded: z.boolean(),
  isDefault: z.boolean(),
  parameterCount: z.int(),
  imageSize: z.int(),
  /** SPDX, or `unknown`. */
  licence: z.string(),
  /** Of its files on the disk; null where it is not installed. */
  sizeBytes: z.int().nullable(),
});
export type BackboneChoice = z.infer<typeof backboneChoice>;

/** What to add, and what to say of a model that the catalogue does not know. */
export const backboneOrder = z.object({
  /** Id of the catalogue, an http or https address, or an absolute path. Nothing else is ever asked. */
  source: z.string().min(1).max(4096),
  /** Absent: after its address or path. */
  id: z.string().min(1).max(100).optional(),
  title: z.string().min(1).max(200).optional(),
  /** SPDX; absent: `unknown`. */
  licence: z.string().min(1).max(100).optional(),
  /** Least and greatest value of a colour that the model wants; absent: what models of its format usually want. */
  inputRange: z
    .tuple([z.number(), z.number()])
    .refine(([least, greatest]) => least < greatest, 'the first of the two values must be the smaller one')
    .optional(),
  /** Side of its pictures, pixels; absent: what the model says, else 224. */
  imageSize: z.int().min(32).max(1024).optional(),
});
export type BackboneOrder = z.infer<typeof backboneOrder>;

/** How far a download is, of all files together. */
export const downloadProgress = z.object({
  type: z.literal('download'),
  doneBytes: z.int(),
  /** Null where the host does not say it. */
  totalBytes: z.int().nullable(),
});

/** What adding reports: progress, and at its end what is there now. */
export const addEvent = z.discriminatedUnion('type', [
  downloadProgress,
  z.object({ type: z.literal('added'), backbone: backboneChoice }),
]);
export type AddEvent = z.infer<typeof addEvent>;
