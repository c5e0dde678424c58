import type { Histogram } from '../../src-main/contract/lab/options.ts';

/** Bars narrower than this could not be seen, as a share of the width. */
const NARROWEST = 0.015;

interface BarOptions {
  readonly width: number;
  readonly height: number;
  readonly isRoot?: boolean;
}

/**
 * The bars of a histogram as one SVG path, the highest that can be seen as high as the drawing. A bar that is too narrow to be
 * seen is as wide as one that can.
 *
 * @param range   of the values that the width stands for; what lies beyond is cut off.
 * @param isRoot  heights grow with the square root of the counts, so that what lies beside a spike is seen too.
 */
export function barPath(
  { from, to, counts }: Histogram,
  [low, high]: readonly [number, number],
  { width, height, isRoot = false }: BarOptions,
): string {
  const binWidth = (to - from) / Math.max(1, counts.length);
  const bars = counts
    .map((count, index) => ({ count, left: from + index * binWidth, right: from + (index + 1) * binWidth }))
    .filter(({ left, right, count }) => count > 0 && right >= low && left <= high);
  const most = bars.reduce((top, { count }) => Math.max(top, count), 0);
  const place = (value: number): number => ((Math.min(Math.max(value, low), high) - low) / (high - low)) * width;
  return bars
    .map(({ count, left, right }) => {
      const breadth = Math.max(place(right) - place(left), NARROWEST * width);
      const start = Math.min((place(left) + place(right) - breadth) / 2, width - breadth);
      const top = height - (isRoot ? Math.sqrt(count / most) : count / most) * height;
      return `M${start.toFixed(2)} ${height}V${top.toFixed(2)}h${breadth.toFixed(2)}V${height}z`;
    })
    .join('');
}
