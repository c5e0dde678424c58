/** Which class and which split each file belongs to, from the names of folders alone. */
import { skipReasons } from '../../contract/skip-reasons.ts';
import type { SkippedFile, Split } from '../../contract/dataset.ts';
import { compareNames, hasPictureName, splitOfFolder } from './names.ts';
import type { Walked } from './walk.ts';

export interface Member {
  readonly path: string;
  /** Unicode NFC. */
  readonly className: string;
  readonly folderSplit: Split | null;
}

export interface Layout {
  readonly members: readonly Member[];
  /** Class folders, before their files are looked at: a class may yet turn out to have no picture. */
  readonly classFolders: readonly { readonly path: string; readonly className: string; readonly split: Split | null }[];
  readonly skipped: readonly SkippedFile[];
  readonly splitSource: 'folders' | 'seed';
}

/** Unpacked archives put everything into one folder, at times twice over. */
const MAX_WRAPPERS = 5;

/**
 * Sorts files into classes. Either each folder is a class, with all that is nested in it, or the folders are `train`
 * beside `val` and/or `test`, and each folder in those is a class. A lone folder of folders around it all is entered.
 */
export function layOut(walked: Walked): Layout {
  const base = enterWrappers(walked);
  const children = childFolders(walked, base);
  const splitFolders = children.filter((path) => splitOfFolder(nameOf(path)) !== null);
  const splitSource = isReadySplit(walked, children, splitFolders) ? 'folders' : 'seed';
  const classFolders =
    splitSource === 'folders'
      ? splitFolders.flatMap((folder) =>
          childFolders(walked, folder).map((path) => classFolder(path, splitOfFolder(nameOf(folder)))),
        )
      : children.map((path) => classFolder(path, null));

  const folderOf = new Map(classFolders.map((folder) => [folder.path, folder]));
  const depth = (base === '' ? 0 : base.split('/').length) + (splitSource === 'folders' ? 2 : 1);
  const members: Member[] = [];
  const skipped: SkippedFile[] = [];
  for (const path of walked.files) {
    const found = folderOf.get(path.split('/').slice(0, depth).join('/'));
    if (found === undefined) skipped.push({ path, reason: explainStray(path, base, splitFolders, splitSource) });
    else members.push({ path, className: found.className, folderSplit: found.split });
  }
  return { members, classFolders, skipped, splitSource };
}

function classFolder(path: string, split: Split | null): Layout['classFolders'][number] {
  return { path, className: nameOf(path).normalize('NFC'), split };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function childFolders({ folders }: Walked, parent: string): string[] {
  return folders.filter((path) => path !== '' && parentOf(path) === parent).sort(compareNames);
}

function hasPictures({ files }: Walked, folder: string): boolean {
  return files.some((path) => parentOf(path) === folder && hasPictureName(path));
}

/** The folder whose folders are classes or splits. One that holds pictures is a class, however lonely. */
function enterWrappers(walked: Walked): string {
  let base = '';
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    const [only, ...others] = childFolders(walked, base);
    const isWrapper =
      only !== undefined &&
      others.length === 0 &&
      !hasPictures(walked, base) &&
      !hasPictures(walked, only) &&
      childFolders(walked, only).length > 0;
    if (!isWrapper) break;
    base = only;
  }
  return base;
}

/**
 * Whether folders bring the split: `train` beside a `val` or `test`. A class may well be called "train" (beside "bus" and
 * "car"), so where other folders lie there too, `train` must hold class folders and no pictures.
 */
function isReadySplit(walked: Walked, children: readonly string[], splitFolders: readonly string[]): boolean {
  const splits = new Set(splitFolders.map((path) => splitOfFolder(nameOf(path))));
  if (!splits.has('training') || splits.size < 2) return false;
  if (splitFolders.length === children.length) return true;
  const training = splitFolders.filter((path) => splitOfFolder(nameOf(path)) === 'training');
  return training.every((path) => childFolders(walked, path).length > 0 && !hasPictures(walked, path));
}

/** Reason of files that lie beside the class folders; `explainBlocker` counts them. */
export const OUTSIDE_CLASS = skipReasons.say('no-class');

function explainStray(
  path: string,
  base: string,
  splitFolders: readonly string[],
  splitSource: Layout['splitSource'],
): string {
  const isInSplit = splitFolders.some((folder) => path.startsWith(`${folder}/`));
  if (splitSource === 'folders' && !isInSplit && parentOf(path) !== base) {
    return skipReasons.say('no-split', { folders: splitFolders.map(nameOf).join(', ') });
  }
  return OUTSIDE_CLASS;
}
