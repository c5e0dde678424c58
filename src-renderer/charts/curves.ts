/** `main` is what a chart is about, `other` what it is compared with, `faint` the background; a number is a class colour. */
export type Tone = 'main' | 'other' | 'faint' | number;

export interface Curve {
  readonly name: string;
  /** Ascending. */
  readonly x: readonly number[];
  /** Null and what is no number leave a gap. */
  readonly y: readonly (number | null)[];
  readonly tone: Tone;
  readonly isDashed?: boolean;
  readonly hasPoints?: boolean;
  /** Value of x that has a dot: the last, or the best. */
  readonly dotAt?: number | null;
}

/** From the least to the largest value of all curves; y with a little room, on even axes from 0 where that is near. */
export function rangeOfCurves(
  curves: readonly Pick<Curve, 'x' | 'y'>[],
  of: 'x' | 'y',
  isLog: boolean,
): [number, number] {
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

/** The range of y that has the marks of y in it too. */
export function withMarks(
  curves: readonly Pick<Curve, 'x' | 'y'>[],
  marks: readonly { readonly axis: 'x' | 'y'; readonly value: number }[],
): [number, number] {
  const values = marks.filter(({ axis }) => axis === 'y').map(({ value }) => value);
  return rangeOfCurves([...curves, { x: [], y: values }], 'y', false);
}

function least(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Infinity);
}
