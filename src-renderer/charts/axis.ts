/** Which values an axis names. */
interface TickOptions {
  readonly isLog?: boolean;
  /** Ticks, at most. */
  readonly most: number;
  /** Ticks are no closer than this. */
  readonly leastStep?: number;
}

/** Round values within an axis, ascending. @param from  of a logarithmic axis, above 0. */
export function ticksOf(from: number, to: number, { isLog = false, most, leastStep = 0 }: TickOptions): number[] {
  if (isLog) return powersOf(from, to, most);
  const step = roundStep(Math.max((to - from || 1) / Math.max(1, most - 1), leastStep));
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function powersOf(from: number, to: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const stride = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  return powers.filter((power) => power % stride === 0).map((power) => Number(`1e${power}`));
}

/** The next of 1, 2 and 5 times a power of ten that is not below a step. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 5].find((one) => one * power >= step * (1 - 1e-9)) ?? 10;
  return Number((digit * power).toPrecision(12));
}
