/** Geometry of curves: what range they need, their path, and which value lies nearest to a pointer. */

interface Points {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** Where a curve leaves its chart it goes on a little, not by thousands of pixels. */
const FARTHEST_PX = 10_000;

/** From the least to the largest value of all curves; y with a little room, on even axes from 0 where that is near. */
export function rangeOfCurves(curves: readonly Points[], of: 'x' | 'y', isLog: boolean): [number, number] {
  const values = curves
    .flatMap((curve): readonly (number | null)[] => curve[of])
    .filter((value) => value !== null && Number.isFinite(value) && (!isLog || value > 0));
  const numbers = values as number[]; // as: the others were left out
  if (numbers.length === 0) return isLog ? [1, 10] : [0, 1];
  const [low, high] = [least(numbers), -least(numbers.map((value) => -value))];
  if (of === 'x') return low === high ? [low, low + 1] : [low, high];
  if (isLog) return [low / 1.5, high * 1.5];
  const room = (high - low) * 0.06 || 0.05;
  return [low >= 0 && low < high - low ? 0 : low - room, high + room];
}

function least(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Infinity);
}

type ToPx = (value: number) => number;

/** An SVG path through the points, with a gap where a value is missing. */
export function toPath(x: readonly number[], y: readonly (number | null)[], left: ToPx, top: ToPx): string {
  let isPenDown = false;
  return x
    .map((at, index) => {
      const height = y[index];
      const place = height === null || height === undefined ? NaN : top(height);
      if (!Number.isFinite(place)) {
        isPenDown = false;
        return '';
      }
      const command = isPenDown ? 'L' : 'M';
      isPenDown = true;
      const clamped = Math.min(Math.max(place, -FARTHEST_PX), FARTHEST_PX);
      return `${command}${left(at).toFixed(1)} ${clamped.toFixed(1)}`;
    })
    .join('');
}

/** Index of the place nearest to a pointer; null where there are none. */
export function nearest(places: readonly number[], pointer: number): number | null {
  return places.reduce<number | null>(
    (best, place, index) =>
      best === null || Math.abs(place - pointer) < Math.abs((places[best] ?? 0) - pointer) ? index : best,
    null,
  );
}
