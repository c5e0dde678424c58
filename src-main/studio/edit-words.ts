import type { Edit, PastEdit } from '../contract/edits.ts';

/** An edit for the history: what it did, in words, and with what another language needs to word it again. */
export function describeEdit(edit: Edit): Pick<PastEdit, 'words' | 'edit'> {
  const { kind } = edit;
  if (kind === 'relabel') {
    const [pictureCount, className] = [edit.contents.length, edit.class.name];
    return { words: `Relabelled ${pictures(pictureCount)} as "${className}"`, edit: { kind, pictureCount, className } };
  }
  if (kind === 'exclude' || kind === 'include') {
    const pictureCount = edit.contents.length;
    const done = kind === 'exclude' ? 'Excluded' : 'Included';
    return { words: `${done} ${pictures(pictureCount)}`, edit: { kind, pictureCount } };
  }
  if (kind === 'move-to-split') {
    const pictureCount = edit.contents.length;
    const words =
      edit.split === null
        ? `Gave ${pictures(pictureCount)} back to the automatic split`
        : `Moved ${pictures(pictureCount)} to ${edit.split}`;
    return { words, edit: { kind, pictureCount, split: edit.split } };
  }
  if (kind === 'rename-class') {
    const { newName } = edit;
    const className = edit.class.name;
    return { words: `Renamed class "${className}" to "${newName}"`, edit: { kind, className, newName } };
  }
  if (kind === 'merge-classes') {
    const classNames = edit.classes.map(({ name }) => name);
    const into = edit.into.name;
    const list = classNames.map((name) => `"${name}"`).join(', ');
    const words = `Merged ${classNames.length === 1 ? 'class' : 'classes'} ${list} into "${into}"`;
    return { words, edit: { kind, classNames, into } };
  }
  const className = edit.class.name;
  return { words: `${kind === 'add-class' ? 'Added' : 'Removed'} class "${className}"`, edit: { kind, className } };
}

function pictures(count: number): string {
  return `${count} ${count === 1 ? 'picture' : 'pictures'}`;
}
