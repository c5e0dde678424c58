import { moveInGrid } from './keyboard.ts';

/** What a key asks of a grid of tiles. */
export type GridAction =
  | { readonly kind: 'all' }
  | { readonly kind: 'open' }
  | { readonly kind: 'choose'; readonly choice: 'toggle' | 'range' }
  /** The focus goes to a tile; with `extends` the choice reaches to it. */
  | { readonly kind: 'move'; readonly to: number; readonly extends: boolean };

interface Place {
  readonly index: number;
  readonly count: number;
  readonly columns: number;
}

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Null for a key that is not the grid's. */
export function gridAction(event: Key, { index, count, columns }: Place): GridAction | null {
  const { key, shiftKey } = event;
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return key.toLowerCase() === 'a' && !shiftKey ? { kind: 'all' } : null;
  if (key === ' ') return { kind: 'choose', choice: shiftKey ? 'range' : 'toggle' };
  if (key === 'Enter') return { kind: 'open' };
  const to = moveInGrid(key, index, count, columns);
  return to === null ? null : { kind: 'move', to, extends: shiftKey };
}
