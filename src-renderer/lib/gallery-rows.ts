/** The gallery as rows to scroll through: a title a group, then its pictures, so many side by side. */
import type { Case } from './evaluation-view.ts';

export type GalleryRow =
  | {
      readonly type: 'title';
      readonly key: string;
      readonly truth: string;
      readonly predicted: string;
      readonly count: number;
    }
  | {
      readonly type: 'cases';
      readonly key: string;
      /** Place of the row's first picture among all that are shown. */
      readonly from: number;
      readonly cases: readonly Case[];
    };

/** A group without classes gets no title. */
interface Group {
  readonly truth: string | null;
  readonly predicted: string | null;
  readonly cases: readonly Case[];
}

export function galleryRows(groups: readonly Group[], columns: number): readonly GalleryRow[] {
  let from = 0;
  return groups.flatMap(({ truth, predicted, cases }) => {
    const key = JSON.stringify([truth, predicted]);
    const rows: GalleryRow[] =
      truth === null || predicted === null ? [] : [{ type: 'title', key, truth, predicted, count: cases.length }];
    for (let at = 0; at < cases.length; at += columns) {
      const row = cases.slice(at, at + columns);
      rows.push({ type: 'cases', key: `${key} ${at}`, from, cases: row });
      from += row.length;
    }
    return rows;
  });
}
