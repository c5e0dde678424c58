import type { ListedPicture, Split } from '../../src-main/contract/dataset.ts';

/** What chosen pictures have in common. */
export interface SelectionFacts {
  readonly count: number;
  /** Null where they differ, or where some have not been in view. */
  readonly className: string | null;
  readonly split: Split | null;
  readonly isExcluded: boolean | null;
  /** Whether an edit has decided the split of any. */
  readonly isSplitEdited: boolean;
}

/** @param pictureOf  null for a picture that has not been in view. */
export function selectionFacts(
  ids: readonly string[],
  pictureOf: (id: string) => ListedPicture | null,
): SelectionFacts {
  const pictures = ids.map(pictureOf);
  const common = <T>(of: (picture: ListedPicture) => T): T | null => {
    const [first] = pictures;
    if (first === undefined || first === null) return null;
    const value = of(first);
    return pictures.every((picture) => picture !== null && of(picture) === value) ? value : null;
  };
  return {
    count: ids.length,
    className: common(({ className }) => className),
    split: common(({ split }) => split),
    isExcluded: common(({ isExcluded }) => isExcluded),
    isSplitEdited: pictures.some((picture) => picture?.isSplitEdited === true),
  };
}
