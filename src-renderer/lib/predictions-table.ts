/** A folder's predictions as a table to sort and to save. */
import type { FilePrediction } from '../../src-main/contract/predictions.ts';

export const COLUMNS = ['path', 'class', 'probability'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sorting {
  readonly column: Column;
  readonly isDescending: boolean;
}

/** Of the predicted class. */
export function probabilityOf({
  predicted,
  probabilities,
}: Pick<FilePrediction, 'predicted' | 'probabilities'>): number {
  return probabilities[predicted] ?? 0;
}

/** Numbers in paths count as numbers ("2.jpg" before "10.jpg"); within a class, the surest first. */
export function sortPredictions(
  rows: readonly FilePrediction[],
  { column, isDescending }: Sorting,
): readonly FilePrediction[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  const orders: Readonly<Record<Column, (a: FilePrediction, b: FilePrediction) => number>> = {
    path: (a, b) => compare(a.path, b.path),
    class: (a, b) => compare(a.predicted, b.predicted) || probabilityOf(b) - probabilityOf(a),
    probability: (a, b) => probabilityOf(a) - probabilityOf(b),
  };
  const sorted = rows.toSorted(orders[column]);
  return isDescending ? sorted.reverse() : sorted;
}

/**
 * The table as `fovea predict --csv` writes it: path, predicted class, its probability, then a column a class. Quoted as RFC 4180
 * says; a mark at its start tells Excel that it is UTF-8.
 */
export function toCsv(rows: readonly FilePrediction[]): string {
  const labels = Object.keys(rows[0]?.probabilities ?? {});
  const lines = [
    ['path', 'predicted', 'probability', ...labels],
    ...rows.map((row) => [
      row.path,
      row.predicted,
      probabilityOf(row).toFixed(6),
      ...labels.map((label) => (row.probabilities[label] ?? 0).toFixed(6)),
    ]),
  ];
  return `\uFEFF${lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('')}`;
}

/** The package that the command line writes CSV with brings a stand-in for Node's buffers: 13 kB for what is one line. */
function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
