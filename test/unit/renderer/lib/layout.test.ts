import { expect, test } from 'vitest';
import { lossRange, shareRange } from '../../../../src-renderer/charts/scales.ts';
import { centreSquare } from '../../../../src-renderer/lib/centre-square.ts';
import { matrixLayout, visibleRange } from '../../../../src-renderer/lib/matrix.ts';
import { swatchOf } from '../../../../src-renderer/lib/swatch.ts';
import { columnsFor, tileSide, TILE_GAP_PX } from '../../../../src-renderer/lib/tiles.ts';

test('tiles fill the width and are never smaller than 104 px where one fits', () => {
  for (const width of [104, 500, 840, 1333]) {
    const columns = columnsFor(width);
    const side = tileSide(width, columns);
    expect(side).toBeGreaterThanOrEqual(104);
    expect(side * columns + TILE_GAP_PX * (columns - 1)).toBeCloseTo(width);
  }
  expect(columnsFor(20)).toBe(1);
});

test('a matrix of two classes shows shares, one of a hundred scrolls in small cells', () => {
  expect(matrixLayout(2, 356)).toMatchObject({ hasShares: true, isUpright: false });
  const large = matrixLayout(100, 356);
  expect(large).toMatchObject({ hasShares: false, isUpright: true, cellWidth: 36, cellHeight: 36 });
});

test('only the cells in view are drawn, with a margin', () => {
  expect(visibleRange(0, 360, 36, 100)).toEqual({ from: 0, to: 14 });
  expect(visibleRange(1800, 360, 36, 100)).toEqual({ from: 46, to: 64 });
  expect(visibleRange(0, 360, 80, 2)).toEqual({ from: 0, to: 2 });
});

test('class colours repeat after eight, hollow', () => {
  expect(swatchOf(0)).toEqual({ colour: 1, isHollow: false });
  expect(swatchOf(8)).toEqual({ colour: 1, isHollow: true });
  expect(swatchOf(-1)).toEqual({ colour: 1, isHollow: false });
});

test('the loss axis starts at zero and the accuracy axis at a round five below the lowest', () => {
  expect(lossRange([])).toEqual([0, 1]);
  expect(lossRange([0.5, NaN, Infinity])).toEqual([0, 0.54]);
  expect(shareRange([0.876, 0.99])[0]).toBeCloseTo(0.85);
  expect(shareRange([])[0]).toBeLessThanOrEqual(0.9);
});

test('the square that a network sees lies in the middle of the picture as it is shown', () => {
  expect(centreSquare({ width: 800, height: 600 }, { width: 400, height: 200 })).toBe(400); // shown as 800 x 400
  expect(centreSquare({ width: 800, height: 600 }, { width: 300, height: 600 })).toBe(300); // shown as 300 x 600
  expect(centreSquare({ width: 800, height: 600 }, { width: 0, height: 0 })).toBe(0);
});
