/** What has changed of an evaluated picture since its run: the next run will see it so. */
import type { ListedPicture } from '../../src-main/contract/dataset.ts';
import type { Prediction } from '../../src-main/contract/results.ts';

export interface Pending {
  /** Its class now, where that is another than the run saw; null: the same. */
  readonly relabelledAs: string | null;
  readonly isExcluded: boolean;
}

/**
 * @param edited  pictures of the project that edits have touched, by id.
 * @returns       null where the next run will see the picture as this one did.
 */
export function pendingOf(
  { id, truth }: Pick<Prediction, 'id' | 'truth'>,
  edited: Readonly<Record<string, Pick<ListedPicture, 'className' | 'isExcluded'>>>,
): Pending | null {
  const now = edited[id];
  if (now === undefined) return null;
  const relabelledAs = now.className === truth ? null : now.className;
  return relabelledAs === null && !now.isExcluded ? null : { relabelledAs, isExcluded: now.isExcluded };
}
