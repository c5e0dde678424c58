/** Keyboard helpers that hold for every screen. */

/** True while an input method (Korean, Japanese, Chinese) is composing: Enter then ends the syllable, not the form. */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229; // Safari ends the composition before its keydown
}

/**
 * Where an arrow key leads in a grid of `count` cells in `columns` columns; null for a key that does not move.
 * The ends hold: nothing wraps.
 */
export function moveInGrid(key: string, index: number, count: number, columns: number): number | null {
  const target = targetOf(key, index, count, columns);
  if (target === null || count === 0) return null;
  return target < 0 || target >= count ? index : target;
}

function targetOf(key: string, index: number, count: number, columns: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return index - 1;
    case 'ArrowRight':
      return index + 1;
    case 'ArrowUp':
      return index - columns;
    case 'ArrowDown':
      return index + columns;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
