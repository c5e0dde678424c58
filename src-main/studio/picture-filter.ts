import type { ListedPicture, PictureFilter } from '../contract/dataset.ts';

/** Tells which pictures a filter lets through. Names and paths are compared in Unicode NFC, words whatever their case. */
export function matcherOf(filter: PictureFilter): (picture: ListedPicture) => boolean {
  const { className, classNames = [], split, excluded, isEdited, search = '' } = filter;
  const isAnyClass = className === undefined && filter.classNames === undefined;
  const classes = new Set(
    [...(className === undefined ? [] : [className]), ...classNames].map((name) => name.normalize('NFC')),
  );
  const words = foldText(search)
    .split(/\s+/)
    .filter((word) => word !== '');
  return (picture) => {
    if (picture.isExcluded ? excluded === 'hide' || split !== undefined : excluded === 'only') return false;
    if (!isAnyClass && !classes.has(picture.className)) return false;
    if (split !== undefined && picture.split !== split) return false;
    if (isEdited !== undefined && isEdited !== wasEdited(picture)) return false;
    if (words.length === 0) return true;
    const path = foldText(picture.path);
    return words.every((word) => path.includes(word));
  };
}

function wasEdited({ isExcluded, relabelledFrom, isSplitEdited }: ListedPicture): boolean {
  return isExcluded || relabelledFrom !== null || isSplitEdited;
}

function foldText(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
