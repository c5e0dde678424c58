import { expect, test } from 'vitest';
import { isComposing, moveInGrid } from '../../../../src-renderer/lib/keyboard.ts';

test('arrow keys move through a grid and stop at its ends', () => {
  const move = (key: string, from: number): number | null => moveInGrid(key, from, 8, 3); // rows of 3, 3 and 2
  expect([move('ArrowRight', 2), move('ArrowLeft', 0), move('ArrowDown', 2), move('ArrowDown', 5)]).toEqual([
    3, 0, 5, 5,
  ]);
  expect([move('ArrowUp', 4), move('Home', 6), move('End', 1)]).toEqual([1, 0, 7]);
});

test('other keys and an empty grid move nothing', () => {
  expect(moveInGrid('Enter', 0, 8, 3)).toBeNull();
  expect(moveInGrid('ArrowRight', 0, 0, 3)).toBeNull();
});

test('a key belongs to the input method while a syllable is composed, in Safari too', () => {
  expect(isComposing({ isComposing: true, keyCode: 13 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 13 })).toBe(false);
});
