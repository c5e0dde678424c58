/** Sizes of the square tiles that pictures are shown in. */
export const TILE_GAP_PX = 4;
const MIN_TILE_PX = 104;
/** On wide screens tiles grow rather than number more: the page stays quick, and the pictures are seen better. */
const MAX_COLUMNS = 12;

/** How many tiles stand side by side in a width. */
export function columnsFor(widthPx: number): number {
  const columns = Math.floor((widthPx + TILE_GAP_PX) / (MIN_TILE_PX + TILE_GAP_PX));
  return Math.min(MAX_COLUMNS, Math.max(1, columns));
}

/** Side of one tile when `columns` of them fill a width. */
export function tileSide(widthPx: number, columns: number): number {
  return (widthPx - TILE_GAP_PX * (columns - 1)) / columns;
}
