/**
 * Edits of a dataset: what the user decides about pictures and classes, beside what the folder says. The files themselves
 * are never touched.
 *
 * A picture is its content (SHA-256): a file that is moved or renamed keeps its edits, and copies of one picture share them.
 * A class is known by an id that no renaming changes: the name of its folder, or `added/<uuid>` for one that has no folder
 * (a folder's name holds no "/").
 */
import { z } from 'zod';
import { datasetSummary, split } from './dataset.ts';

/** Pictures of one edit. */
export const MOST_EDITED_PICTURES = 100_000;

const pictureIds = z.array(z.string().min(1).max(64)).min(1).max(MOST_EDITED_PICTURES);
/** A class as it is called now. */
const className = z.string().min(1);
/** A name that is to be given: checked, since it becomes that of a folder when the dataset is copied. */
const newName = z.string().max(1000);

/** What the user asks for. */
export const editRequest = z.discriminatedUnion('kind', [
  /** These pictures show `className`. */
  z.object({ kind: z.literal('relabel'), pictureIds, className }),
  /** Leaves pictures out of everything. */
  z.object({ kind: z.literal('exclude'), pictureIds }),
  /** Takes them in again. */
  z.object({ kind: z.literal('include'), pictureIds }),
  /** Whatever the folders or the seed say; null: as they say again. Other pictures stay where they are. */
  z.object({ kind: z.literal('move-to-split'), pictureIds, split: split.nullable() }),
  /** Runs that learned the class show its new name, too. */
  z.object({ kind: z.literal('rename-class'), className, newName }),
  /** All pictures of `classNames` become pictures of `into`, which must be there. */
  z.object({ kind: z.literal('merge-classes'), classNames: z.array(className).min(1).max(10_000), into: className }),
  /** Without pictures, to relabel some into it. Until then training is blocked. */
  z.object({ kind: z.literal('add-class'), className: newName }),
  /** Takes a class away, and leaves its pictures out until they are relabelled. */
  z.object({ kind: z.literal('remove-class'), className }),
]);
export type EditRequest = z.infer<typeof editRequest>;

/** A class, and what it was called when it was edited. */
const classRef = z.object({ id: z.string(), name: z.string() });
export type ClassRef = z.infer<typeof classRef>;

/** SHA-256 of pictures, hex. */
const contents = z.array(z.string().regex(/^[0-9a-f]{64}$/));

/** An edit as it is kept: by content and by class id. */
export const edit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('relabel'), contents, class: classRef }),
  z.object({ kind: z.literal('exclude'), contents }),
  z.object({ kind: z.literal('include'), contents }),
  z.object({ kind: z.literal('move-to-split'), contents, split: split.nullable() }),
  z.object({ kind: z.literal('rename-class'), class: classRef, newName: z.string() }),
  z.object({ kind: z.literal('merge-classes'), classes: z.array(classRef), into: classRef }),
  z.object({ kind: z.literal('add-class'), class: classRef }),
  z.object({ kind: z.literal('remove-class'), class: classRef }),
]);
export type Edit = z.infer<typeof edit>;

/** An edit in the history, with what another language needs to word it again. */
const pastEditKind = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('relabel'), pictureCount: z.int(), className: z.string() }),
  z.object({ kind: z.literal('exclude'), pictureCount: z.int() }),
  z.object({ kind: z.literal('include'), pictureCount: z.int() }),
  z.object({ kind: z.literal('move-to-split'), pictureCount: z.int(), split: split.nullable() }),
  z.object({ kind: z.literal('rename-class'), className: z.string(), newName: z.string() }),
  z.object({ kind: z.literal('merge-classes'), classNames: z.array(z.string()), into: z.string() }),
  z.object({ kind: z.literal('add-class'), className: z.string() }),
  z.object({ kind: z.literal('remove-class'), className: z.string() }),
]);

export const pastEdit = z.object({
  /** From 1; those up to the history's `position` are done, the others undone. */
  number: z.int(),
  editedAt: z.iso.datetime(),
  /** In English: `Relabelled 3 pictures as "cat"`. Classes are called as they were then. */
  words: z.string(),
  /** Pictures are counted by content: copies of one count once. */
  edit: pastEditKind,
});
export type PastEdit = z.infer<typeof pastEdit>;

export const editHistory = z.object({
  /** Newest first, those that can be redone before those that are done. */
  edits: z.array(pastEdit),
  /** Of all, where only some were asked for. */
  total: z.int(),
  /** How many are done. */
  position: z.int(),
  canUndo: z.boolean(),
  canRedo: z.boolean(),
  /** What edits name and the folder no longer holds: kept, without effect until it is there again. */
  gone: z.object({ pictureCount: z.int(), classCount: z.int() }),
  /** What was lost of the record of edits, in words for the user (the end of the last one, in a crash); null otherwise. */
  notice: z.string().nullable(),
});
export type EditHistory = z.infer<typeof editHistory>;

/** What an edit, an undo or a redo has changed. */
export const editResult = z.object({
  /** False where everything is as it was wished already: then there is nothing to undo. */
  isRecorded: z.boolean(),
  /** Pictures (files, copies included) that the edit changed; null for an undo or redo. */
  changedCount: z.int().nullable(),
  summary: datasetSummary,
  /** As `editHistory`. */
  position: z.int(),
  canUndo: z.boolean(),
  canRedo: z.boolean(),
});
export type EditResult = z.infer<typeof editResult>;

export const copyOrder = z.object({
  /** Absolute path of a folder that is not there yet, or empty; its parents are made. */
  folder: z.string().min(1),
  /** `classes`: a sub-folder a class. `splits`: `train`, `val` and `test` with a sub-folder a class each; a class that a split has no picture of has none there. The splits are those that the summary and the list show. */
  layout: z.enum(['classes', 'splits']).default('classes'),
  /** `link`: by hard link, which takes no space, but a program that rewrites a file in place changes both; where links are impossible files are copied. */
  method: z.enum(['copy', 'link']).default('copy'),
});
export type CopyOrder = z.infer<typeof copyOrder>;

/** An edited dataset that was written to a folder of its own. */
export const copyReport = z.object({
  folder: z.string(),
  /** Files that were written. */
  imageCount: z.int(),
  classes: z.array(z.object({ name: z.string(), imageCount: z.int() })),
  linkedCount: z.int(),
  copiedCount: z.int(),
  /** Files that got another name, `name (2).jpg`, since one of that name was there. */
  renamedCount: z.int(),
  /** Pictures that are gone or have changed since the scan, with the reason. */
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type CopyReport = z.infer<typeof copyReport>;
