/** Edits in the language that holds. */
import type { PastEdit } from '../../src-main/contract/edits.ts';
import { m } from '../paraglide/messages.js';
import { getLocale } from '../paraglide/runtime.js';
import { formatList } from './format.ts';
import { pictures, splitName } from './words.ts';

/** "Relabelled 3 pictures as cats" */
export function editWords({ edit }: Pick<PastEdit, 'edit'>): string {
  switch (edit.kind) {
    case 'relabel':
      return m.edit_relabel({ pictures: pictures(edit.pictureCount), name: edit.className });
    case 'exclude':
      return m.edit_exclude({ pictures: pictures(edit.pictureCount) });
    case 'include':
      return m.edit_include({ pictures: pictures(edit.pictureCount) });
    case 'move-to-split':
      return edit.split === null
        ? m.edit_split_back({ pictures: pictures(edit.pictureCount) })
        : m.edit_split({ pictures: pictures(edit.pictureCount), split: splitName(edit.split) });
    case 'rename-class':
      return m.edit_rename({ name: edit.className, newName: edit.newName });
    case 'merge-classes':
      return m.edit_merge({ names: formatList(edit.classNames, getLocale()), into: edit.into });
    case 'add-class':
      return m.edit_add({ name: edit.className });
    case 'remove-class':
      return m.edit_remove({ name: edit.className });
  }
}
