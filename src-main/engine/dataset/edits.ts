/** What edits make of a manifest. Pure: the same manifest and edits give the same, in whatever session. */
import type { ListedPicture, Split } from '../../contract/dataset.ts';
import type { Edit } from '../../contract/edits.ts';
import type { EditedDataset, SplitConfig } from '../../contract/jobs.ts';
import { EditedClasses } from './edited-classes.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { compareNames } from './names.ts';
import { drawSplits } from './split.ts';

/** Edits of pictures, by content. */
interface EditedContents {
  /** Class id. */
  readonly classes: ReadonlyMap<string, string>;
  readonly excluded: ReadonlySet<string>;
  readonly splits: ReadonlyMap<string, Split>;
}

export interface Edited {
  /** What is left: the classes that are there, and the pictures that are not excluded. */
  readonly manifest: Manifest;
  /** Every picture of the manifest, in its order, as edits leave it. */
  readonly entries: readonly ManifestEntry[];
  /** Class id of each of `entries`. */
  readonly entryClassIds: readonly string[];
  /** Ids of the classes that are there, by name. */
  readonly classIds: ReadonlyMap<string, string>;
  readonly contents: EditedContents;
  readonly classNames: EditedDataset['classNames'];
  readonly gone: EditedDataset['gone'];
  /** Whether `entries[index]` is left out. */
  isExcluded(index: number): boolean;
  isOfRemovedClass(index: number): boolean;
  /** The class of `entries[index]` by its folder, as that is called now, where an edit says another; null otherwise. */
  relabelledFrom(index: number): string | null;
}

/**
 * Applies edits in their order. Edits of pictures that the manifest lacks have no effect and are counted, those of classes
 * whose folder is gone hold as long as pictures are labelled so.
 *
 * @param manifest  what the folder holds, as the scan found it.
 * @param edits  those that are done.
 */
export function applyEdits(manifest: Manifest, edits: readonly Edit[]): Edited {
  const classes = new EditedClasses(manifest.classes);
  const labels = new Map<string, string>();
  const excluded = new Set<string>();
  const splits = new Map<string, Split>();
  const named = new Set<string>();
  for (const edit of edits) {
    if ('contents' in edit) for (const content of edit.contents) named.add(content);
    if (edit.kind === 'relabel') {
      const id = classes.find(edit.class);
      for (const content of edit.contents) labels.set(content, id);
    } else if (edit.kind === 'exclude') for (const content of edit.contents) excluded.add(content);
    else if (edit.kind === 'include') for (const content of edit.contents) excluded.delete(content);
    else if (edit.kind === 'move-to-split') {
      for (const content of edit.contents) {
        if (edit.split === null) splits.delete(content);
        else splits.set(content, edit.split);
      }
    } else if (edit.kind === 'rename-class') classes.rename(edit.class, edit.newName);
    else if (edit.kind === 'merge-classes') classes.merge(edit.classes, edit.into);
    else if (edit.kind === 'add-class') classes.add(edit.class);
    else classes.remove(edit.class);
  }

  const entryClassIds = manifest.entries.map(({ sha256, className }) => classes.idOf(labels.get(sha256) ?? className));
  const isOfRemovedClass = (index: number) => classes.stateOf(entryClassIds[index] ?? '') === 'removed';
  const exclusions = Uint8Array.from(manifest.entries, ({ sha256 }, index) =>
    excluded.has(sha256) || isOfRemovedClass(index) ? 1 : 0,
  );
  const isExcluded = (index: number) => exclusions[index] === 1;
  const entries = manifest.entries.map((entry, index): ManifestEntry => {
    const className = classes.nameOf(entryClassIds[index] ?? '');
    const editedSplit = splits.get(entry.sha256);
    if (className === entry.className && editedSplit === undefined) return entry;
    return editedSplit === undefined ? { ...entry, className } : { ...entry, className, editedSplit };
  });
  const used = entries.filter((_, index) => !isExcluded(index));
  const usedIds = new Set(entryClassIds.filter((_, index) => !isExcluded(index)));
  const classIds = classes.live((id) => usedIds.has(id));
  for (const { sha256 } of manifest.entries) named.delete(sha256);
  return {
    manifest: { ...manifest, classes: [...classIds.keys()].sort(compareNames), entries: used },
    entries,
    entryClassIds,
    classIds,
    contents: { classes: labels, excluded, splits },
    classNames: namesOf(classes, classIds),
    gone: { pictureCount: named.size, classCount: classes.gone.size },
    isExcluded,
    isOfRemovedClass,
    relabelledFrom(index) {
      const id = classes.idOf(manifest.entries[index]?.className ?? '');
      return id === entryClassIds[index] ? null : classes.nameOf(id);
    },
  };
}

function namesOf(classes: EditedClasses, live: ReadonlyMap<string, string>): EditedDataset['classNames'] {
  const all = Array.from(classes.all(), ({ id, name }) => ({ id, name, isLive: live.get(name) === id }));
  return all.filter(({ id, name, isLive }) => name !== id || !isLive);
}

/** All pictures, excluded ones too, as the list of a dataset shows them. */
export function* listPictures(edited: Edited, config: SplitConfig): Generator<ListedPicture> {
  const splitOf = drawSplits(edited.manifest.entries, config);
  for (const [index, entry] of edited.entries.entries()) {
    const { id, path, className, width, height, orientation, sizeBytes, sha256, editedSplit, folderSplit } = entry;
    const isExcluded = edited.isExcluded(index);
    const split = isExcluded ? (editedSplit ?? folderSplit ?? 'training') : splitOf(entry);
    const relabelledFrom = edited.relabelledFrom(index);
    const facts = { id, path, className, split, width, height, orientation, sizeBytes, sha256 };
    yield { ...facts, isExcluded, relabelledFrom, isSplitEdited: editedSplit !== undefined };
  }
}
