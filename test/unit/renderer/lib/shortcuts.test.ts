import { expect, test } from 'vitest';
import { isPaletteKey, KeySequence, paletteKeys } from '../../../../src-renderer/lib/shortcuts.ts';

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const press = (code: string, timeStamp: number, key = '') => ({ ...NONE, code, key, timeStamp });
const shortcuts = [
  { name: 'data', keys: ['G', 'D'] },
  { name: 'new', keys: ['N'] },
  { name: 'help', keys: ['?'] },
  { name: 'palette only', keys: null },
];
/** The names of the shortcuts that presses complete, one after another. */
function found(presses: readonly ReturnType<typeof press>[]): (string | null)[] {
  const sequence = new KeySequence();
  return presses.map((event) => sequence.press(event, shortcuts)?.name ?? null);
}

test('keys that follow each other soon make a shortcut, whatever the layout writes for them', () => {
  expect(found([press('KeyG', 0, 'ㅎ'), press('KeyD', 400, 'ㅇ')])).toEqual([null, 'data']);
});

test('a key that comes late, or after another one, makes none', () => {
  expect(found([press('KeyG', 0), press('KeyD', 5000)])).toEqual([null, null]);
  expect(found([press('KeyG', 0), press('KeyQ', 100), press('KeyD', 200)])).toEqual([null, null, null]);
});

test('a shortcut that was completed is forgotten: its last key begins no other', () => {
  expect(found([press('KeyG', 0), press('KeyD', 100), press('KeyD', 200), press('KeyN', 300)])).toEqual([
    null,
    'data',
    null,
    'new',
  ]);
});

test('a question mark is one on every layout, and keys held with Ctrl are the browser’s', () => {
  expect(found([press('Minus', 0, '?')])).toEqual(['help']);
  expect(new KeySequence().press({ ...press('KeyN', 0), ctrlKey: true }, shortcuts)).toBeNull();
});

test('the palette opens with Ctrl+K, on a Mac with ⌘K, and says so', () => {
  expect(isPaletteKey({ ...press('KeyK', 0), ctrlKey: true })).toBe(true);
  expect(isPaletteKey({ ...press('KeyK', 0), metaKey: true })).toBe(true);
  expect(isPaletteKey(press('KeyK', 0))).toBe(false);
  expect(paletteKeys('MacIntel')).toEqual(['⌘', 'K']);
  expect(paletteKeys('Linux x86_64')).toEqual(['Ctrl', 'K']);
});
