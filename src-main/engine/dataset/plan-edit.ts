/** From what the user asks for to an edit that is kept, or to the reason why it cannot be. */
import type { ClassRef, Edit, EditRequest } from '../../contract/edits.ts';
import { EngineError } from '../../contract/errors.ts';
import { requireClassName } from './class-name.ts';
import { applyEdits, type Edited } from './edits.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';

export interface PlannedEdit {
  /** Null where nothing would change. */
  readonly edit: Edit | null;
  /** Pictures that it changes, copies included. */
  readonly changedCount: number;
  /** The dataset with the edit. */
  readonly after: Edited;
}

/**
 * Checks a wish against the dataset as earlier edits left it, and puts it into contents and class ids. Of the pictures only
 * those are kept that it changes.
 *
 * @param newId  of a class that it adds; never used before.
 * @throws EngineError `dataset/picture-not-found`, `dataset/class-not-found`, `dataset/bad-name`, `dataset/name-taken`,
 *   `dataset/last-class`.
 */
export function planEdit(manifest: Manifest, edits: readonly Edit[], request: EditRequest, newId: string): PlannedEdit {
  const before = applyEdits(manifest, edits);
  const edit = toEdit(before, request, newId);
  if (edit === null) return { edit, changedCount: 0, after: before };
  const after = applyEdits(manifest, [...edits, edit]);
  return { edit, changedCount: countChanged(before, after), after };
}

function toEdit(before: Edited, request: EditRequest, newId: string): Edit | null {
  const { excluded, splits } = before.contents;
  const { kind } = request;
  if (kind === 'relabel') {
    const to = classOf(before, request.className);
    const asked = picturesOf(before, request.pictureIds);
    const contents = contentsOf(before, asked, (_, index) => before.entryClassIds[index] !== to.id);
    return contents.length === 0 ? null : { kind, contents, class: to };
  }
  if (kind === 'exclude' || kind === 'include') {
    const asked = picturesOf(before, request.pictureIds);
    if (kind === 'include') requireClasses(before, asked);
    const contents = contentsOf(before, asked, ({ sha256 }) => excluded.has(sha256) === (kind === 'include'));
    return contents.length === 0 ? null : { kind, contents };
  }
  if (kind === 'move-to-split') {
    const split = request.split ?? undefined;
    const asked = picturesOf(before, request.pictureIds);
    const contents = contentsOf(before, asked, ({ sha256 }) => splits.get(sha256) !== split);
    return contents.length === 0 ? null : { kind, contents, split: request.split };
  }
  if (kind === 'add-class') {
    const name = freeName(before, request.className, null);
    return { kind, class: { id: newId, name } };
  }
  if (kind === 'rename-class') {
    const renamed = classOf(before, request.className);
    const newName = freeName(before, request.newName, renamed.id);
    return newName === renamed.name ? null : { kind, class: renamed, newName };
  }
  if (kind === 'merge-classes') {
    const into = classOf(before, request.into);
    const classes = [...new Set(request.classNames)].map((name) => classOf(before, name));
    const others = classes.filter(({ id }) => id !== into.id);
    return others.length === 0 ? null : { kind, classes: others, into };
  }
  const removed = classOf(before, request.className);
  if (before.classIds.size === 1) throw lastClass(removed.name);
  return { kind, class: removed };
}

/** Contents of the pictures of which a picture, be it a copy, `isChanged`. */
function contentsOf(
  { entries }: Edited,
  asked: readonly ManifestEntry[],
  isChanged: (entry: ManifestEntry, index: number) => boolean,
): string[] {
  const contents = new Set(asked.map(({ sha256 }) => sha256));
  const changed = entries.filter((entry, index) => contents.has(entry.sha256) && isChanged(entry, index));
  return [...new Set(changed.map(({ sha256 }) => sha256))];
}

function picturesOf({ entries }: Edited, pictureIds: readonly string[]): ManifestEntry[] {
  const entryOf = new Map(entries.map((entry) => [entry.id, entry]));
  const missing = pictureIds.filter((id) => !entryOf.has(id));
  if (missing[0] !== undefined) throw picturesMissing(missing[0], missing.length, pictureIds.length);
  return pictureIds.flatMap((id) => entryOf.get(id) ?? []);
}

function classOf({ classIds }: Edited, wanted: string): ClassRef {
  const name = wanted.normalize('NFC');
  const id = classIds.get(name);
  if (id !== undefined) return { id, name };
  const known = [...classIds.keys()].map((other) => `"${other}"`);
  const more = known.length > 10 ? ` and ${known.length - 10} more` : '';
  const there = known.length === 0 ? 'There is none at all' : `The classes are ${known.slice(0, 10).join(', ')}${more}`;
  throw new EngineError(
    'dataset/class-not-found',
    `There is no class "${name}" (any more). ${there}. Choose another, or add the class first.`,
    { className: name, classCount: known.length },
  );
}

/** Passes unless the class of one of the pictures was removed. */
function requireClasses({ entries, isOfRemovedClass }: Edited, asked: readonly ManifestEntry[]): void {
  const wanted = new Set(asked);
  const found = entries.find((entry, index) => wanted.has(entry) && isOfRemovedClass(index));
  if (found === undefined) return;
  const { className, path } = found;
  throw new EngineError(
    'dataset/class-not-found',
    `${path} cannot be taken in again: its class "${className}" was removed. Relabel the picture, which takes it in, or undo the removal.`,
    { className, path },
  );
}

/** The name as it will be. @param ownId  of the class that may bear it already; null: none. */
function freeName({ classIds }: Edited, wanted: string, ownId: string | null): string {
  const name = requireClassName(wanted);
  const folded = name.toLowerCase();
  for (const [taken, id] of classIds) {
    if (id === ownId || taken.toLowerCase() !== folded) continue;
    throw new EngineError(
      'dataset/name-taken',
      `There is a class "${taken}" already${taken === name ? '' : ', and names that differ in case alone would share a folder on many disks'}. Choose another name, or merge the classes.`,
      { className: name, taken },
    );
  }
  return name;
}

function lastClass(name: string): EngineError {
  return new EngineError(
    'dataset/last-class',
    `"${name}" is the only class that is left, so it cannot be removed. Add another first, or undo earlier edits.`,
    { className: name },
  );
}

function picturesMissing(first: string, missingCount: number, count: number): EngineError {
  return new EngineError(
    'dataset/picture-not-found',
    `${missingCount} of the ${count} pictures to edit ${missingCount === 1 ? 'is' : 'are'} not in the dataset (any more), such as "${first}". The folder may have been scanned again: choose the pictures anew.`,
    { pictureId: first, missingCount, count },
  );
}

function countChanged(before: Edited, after: Edited): number {
  let count = 0;
  for (const [index, entry] of before.entries.entries()) {
    const then = after.entries[index];
    const isSame =
      entry.className === then?.className &&
      before.entryClassIds[index] === after.entryClassIds[index] &&
      entry.editedSplit === then.editedSplit &&
      before.isExcluded(index) === after.isExcluded(index);
    if (!isSame) count++;
  }
  return count;
}
