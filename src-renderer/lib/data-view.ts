/** What the Data screen shows of the pictures, as its address says it. */
import type { PictureFilter, Split } from '../../src-main/contract/dataset.ts';

export const SHOWS = ['all', 'training', 'validation', 'test', 'excluded', 'edited', 'skipped'] as const;
export type Show = (typeof SHOWS)[number];

export interface DataView {
  readonly show: Show;
  /** The one class that is open; null: all. */
  readonly className: string | null;
  /** Words of file names; empty: any. */
  readonly search: string;
  readonly split: Split | null;
  /** One grid of all pictures; else a section a class. */
  readonly isGrid: boolean;
}

export function dataView(query: Readonly<Record<string, string>>): DataView {
  const show = SHOWS.find((one) => one === query['show']) ?? 'all';
  const className = query['class'] ?? null;
  const search = query['search']?.trim() ?? '';
  const split = show === 'training' || show === 'validation' || show === 'test' ? show : null;
  const isGrid = className !== null || search !== '' || show === 'excluded' || show === 'edited';
  return { show, className, search, split, isGrid };
}

/** What is asked for. Pictures that are left out stand, greyed, among the others where no split is asked for. */
export function filterOf({ show, className, search, split }: DataView): PictureFilter {
  return {
    ...(className === null ? {} : { className }),
    ...(search === '' ? {} : { search }),
    ...(split === null ? {} : { split }),
    ...(show === 'edited' ? { isEdited: true } : {}),
    excluded: split !== null ? 'hide' : show === 'excluded' ? 'only' : 'show',
  };
}
