/** How large the cells of a confusion matrix are, and which of them are in view. */

export interface MatrixLayout {
  readonly labelWidth: number;
  readonly headHeight: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Whether a cell has room for its share beside its count. */
  readonly hasShares: boolean;
  /** Whether the column names stand upright. */
  readonly isUpright: boolean;
  /** Height beyond which the matrix scrolls in its frame. */
  readonly maxHeight: number;
}

const SMALL_CELL_PX = 36;
const MAX_HEIGHT_PX = 560;

/** Two to four classes fill the width; more get small cells, and scroll where they do not fit. */
export function matrixLayout(classCount: number, widthPx: number): MatrixLayout {
  const labelWidth = classCount <= 4 ? 80 : 96;
  const fitting = (widthPx - labelWidth) / Math.max(classCount, 1);
  const hasShares = fitting >= 72;
  const isUpright = fitting < 56;
  const cellWidth = Math.max(SMALL_CELL_PX, fitting);
  return {
    labelWidth,
    headHeight: isUpright ? 88 : 26,
    cellWidth,
    cellHeight: hasShares ? 80 : SMALL_CELL_PX,
    hasShares,
    isUpright,
    maxHeight: MAX_HEIGHT_PX,
  };
}

/** Cells drawn beyond the edge, so that scrolling shows no gaps. */
const MARGIN = 4;

/** Indexes of the rows or columns in view, with a margin. */
export function visibleRange(
  scrolledPx: number,
  viewPx: number,
  cellPx: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.floor(scrolledPx / cellPx) - MARGIN);
  const to = Math.min(count, Math.ceil((scrolledPx + viewPx) / cellPx) + MARGIN);
  return { from, to: Math.max(from, to) };
}
