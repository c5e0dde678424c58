/** Places of a slider's thumb and the values they stand for. Thumbs move over whole places, so no value drifts by a float's noise. */
export interface SliderScale {
  /** The highest place; the lowest is 0. */
  readonly last: number;
  readonly valueAt: (place: number) => number;
  /** The nearest place of a value, which need not be on one. */
  readonly placeOf: (value: number) => number;
}

/** From `min` to `max` in even steps; the last may be shorter. */
export function evenScale(min: number, max: number, step: number): SliderScale {
  const last = Math.ceil((max - min) / step - 1e-9);
  return {
    last,
    valueAt: (place) => Number(Math.min(max, min + place * step).toFixed(6)),
    placeOf: (value) => clamp(Math.round((value - min) / step), last),
  };
}

/** From `min` to `max`, both above 0, in even ratios of `perDecade` to a factor of ten, rounded to two digits. */
export function powerScale(min: number, max: number, perDecade = 10): SliderScale {
  const last = Math.round(Math.log10(max / min) * perDecade);
  return {
    last,
    valueAt: (place) => Number((min * 10 ** (place / perDecade)).toPrecision(2)),
    placeOf: (value) => clamp(Math.round(Math.log10(value / min) * perDecade), last),
  };
}

function clamp(place: number, last: number): number {
  return Math.min(Math.max(place, 0), last);
}
