import { mirror } from './mirror.ts';
import type { Pixels } from './pixels.ts';

/**
 * Weights of a Gaussian at whole pixels from its centre on, to one side; centre and both sides sum to 1.
 *
 * @param sigma  standard deviation, pixels; above 0. What lies beyond 3 σ, 0.3 % of the weight, is left out.
 */
export function gaussianWeights(sigma: number): Float64Array {
  const side = Float64Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, x) => Math.exp(-0.5 * (x / sigma) ** 2));
  const sum = side.reduce((total, weight, x) => total + (x === 0 ? weight : 2 * weight), 0);
  return side.map((weight) => weight / sum);
}

/**
 * Blurs in place: along rows, then along columns. Beyond the edge lies the mirror image. Values between the two passes are not
 * rounded.
 *
 * @param sigma  standard deviation, pixels; 0 changes nothing.
 */
export function blur({ data, width, height }: Pixels, sigma: number): void {
  if (sigma === 0) return;
  const weights = gaussianWeights(sigma);
  const radius = weights.length - 1;
  const rowLength = 3 * width;
  // Mirror images to both sides, so that the sums need not look where they are.
  const wideRow = new Float32Array(rowLength + 6 * radius);
  const high = new Float32Array((height + 2 * radius) * rowLength);
  for (let y = 0; y < height; y++) {
    for (let x = -radius; x < width + radius; x++) {
      const from = y * rowLength + 3 * mirror(x, width);
      const to = 3 * (x + radius);
      wideRow[to] = data[from] ?? 0;
      wideRow[to + 1] = data[from + 1] ?? 0;
      wideRow[to + 2] = data[from + 2] ?? 0;
    }
    const start = (y + radius) * rowLength;
    for (let at = 0; at < rowLength; at++) high[start + at] = weightedSum(wideRow, at + 3 * radius, 3, weights);
  }
  for (let y = -radius; y < height + radius; y++) {
    if (y >= 0 && y < height) continue;
    const start = (mirror(y, height) + radius) * rowLength;
    high.copyWithin((y + radius) * rowLength, start, start + rowLength);
  }
  const first = radius * rowLength;
  for (let at = 0; at < data.length; at++) data[at] = weightedSum(high, first + at, rowLength, weights) + 0.5; // storing rounds down
}

/** A value and its neighbours to both sides, each `stride` further. */
function weightedSum(values: Float32Array, at: number, stride: number, weights: Float64Array): number {
  let sum = (weights[0] ?? 0) * (values[at] ?? 0);
  for (let distance = 1, away = stride; distance < weights.length; distance++, away += stride) {
    sum += (weights[distance] ?? 0) * ((values[at - away] ?? 0) + (values[at + away] ?? 0));
  }
  return sum;
}
