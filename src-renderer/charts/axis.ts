/** Axes of the charts drawn as SVG: where a value lies, and which values are named. */
export interface Axis {
  /** A value's place along the axis; 0 at its beginning, 1 at its end. */
  readonly placeOf: (value: number) => number;
  /** Round values within the axis, ascending. */
  readonly ticks: readonly number[];
  /** Between two ticks; of powers, the first tick. */
  readonly step: number;
}

interface AxisOptions {
  readonly isLog?: boolean;
  /** Ticks, at most. */
  readonly most?: number;
}

/** @param from  of a logarithmic axis, above 0. */
export function axisOf(from: number, to: number, { isLog = false, most = 6 }: AxisOptions = {}): Axis {
  if (isLog) return powerAxis(from, to, most);
  const span = to - from || 1;
  const step = roundStep(span / Math.max(1, most - 1));
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return {
    placeOf: (value) => (value - from) / span,
    ticks: Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12))),
    step,
  };
}

function powerAxis(from: number, to: number, most: number): Axis {
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const [first, last] = [Math.ceil(low - 1e-9), Math.floor(high + 1e-9)];
  const stride = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  const ticks = powers.filter((power) => power % stride === 0).map((power) => Number(`1e${power}`));
  return { placeOf: (value) => (Math.log10(value) - low) / (high - low || 1), ticks, step: ticks[0] ?? from };
}

/** The next of 1, 2 and 5 times a power of ten that is not below a step. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 5].find((one) => one * power >= step * (1 - 1e-9)) ?? 10;
  return Number((digit * power).toPrecision(12));
}
