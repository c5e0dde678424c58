import { expect, test } from 'vitest';
import { gridAction } from '../../../../src-renderer/lib/grid-keys.ts';

const press = (key: string, held: Partial<Record<'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey', boolean>> = {}) =>
  gridAction(
    { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held },
    { index: 5, count: 20, columns: 4 },
  );

test('arrows move, and with Shift the choice reaches along', () => {
  expect(press('ArrowDown')).toEqual({ kind: 'move', to: 9, extends: false });
  expect(press('ArrowLeft', { shiftKey: true })).toEqual({ kind: 'move', to: 4, extends: true });
  expect(press('End')).toEqual({ kind: 'move', to: 19, extends: false });
});

test('Space chooses, Enter opens, Ctrl or Command with A chooses all', () => {
  expect(press(' ')).toEqual({ kind: 'choose', choice: 'toggle' });
  expect(press(' ', { shiftKey: true })).toEqual({ kind: 'choose', choice: 'range' });
  expect(press('Enter')).toEqual({ kind: 'open' });
  expect(press('a', { metaKey: true })).toEqual({ kind: 'all' });
});

test('what the grid has no use for goes on to the screen and the browser', () => {
  expect([press('z', { ctrlKey: true }), press('ArrowLeft', { altKey: true }), press('Delete'), press('3')]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
