/** Floats as 8-bit integers: Jacob et al. 2018, arXiv:1712.05877, with a scale for each channel of weights. */
import type { Parameter } from '../../../network/network.ts';
import type { LayerWeights } from './precision.ts';
import type { Quantisation } from './schema.ts';

/** The least and the largest value that is to be told from others. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Biases are 32-bit integers in units of input scale × weight scale; half of what fits is left to sums. */
const LARGEST_BIAS = 2 ** 30;

/** Of a layer's channels, the least scale in units of the largest: what is far below it counts as dead. */
const LEAST_SCALE = 1e-5;

/**
 * How values of a range are stored in int8, from −128 to 127. Zero is always exact, as padding and ReLU want it; a range of
 * nothing but zero counts as 0–1.
 */
export function quantisationOf({ low, high }: Range): Quantisation {
  const [least, most] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround((most - least || 1) / 255);
  return { scales: [scale], zeroPoints: [Math.round(-128 - least / scale)] };
}

export function quantise(values: Float32Array, { scales: [scale = 1], zeroPoints: [zeroPoint = 0] }: Quantisation) {
  const stored = (value: number) => Math.min(127, Math.max(-128, Math.round(value / scale) + zeroPoint));
  return Int8Array.from(values, stored);
}

/** What comes into a layer. */
export interface LayerInput {
  /** In float, each channel's mean over pictures and places. */
  readonly means: Float32Array;
  readonly scale: number;
  /** What all stored values are too large by. */
  readonly error: number;
}

export interface QuantisedLayer {
  readonly kernel: Int8Array;
  readonly kernelQuantisation: Quantisation;
  readonly bias: Int32Array;
  readonly biasQuantisation: Quantisation;
}

/**
 * Rounds a layer's weights to −127…127, symmetrically, and takes from each bias what the rounding adds to its channel on
 * average: Σ (rounded w − w) · E[x]. @see Nagel et al. 2019, arXiv:1906.04721, section 4.2.
 *
 * A channel whose weights are near zero has a scale that is larger than they need, so that its bias still fits 32 bits.
 */
export function quantiseLayer(
  layer: Pick<LayerWeights, 'kernel' | 'bias' | 'channelAxis'>,
  input: LayerInput,
): QuantisedLayer {
  const { kernel, bias, channelAxis } = layer;
  const outs = bias.values.length;
  const ins = kernel.shape.at(-1) ?? 1;
  const outOf = channelOf(kernel, channelAxis, outs);
  const scales = weightScales(layer, input, outOf);
  const scaleOf = (out: number) => scales[channelAxis === null ? 0 : out] ?? 1;
  const rounded = new Int8Array(kernel.values.length);
  const excess = new Float64Array(outs);
  kernel.values.forEach((value, at) => {
    const out = outOf(at);
    const whole = Math.min(127, Math.max(-127, Math.round(value / scaleOf(out))));
    rounded[at] = whole;
    const mean = input.means[at % ins] ?? 0;
    excess[out] = (excess[out] ?? 0) + whole * scaleOf(out) * (mean + input.error) - value * mean;
  });
  const biasScales = scales.map((scale) => Math.fround(scale * input.scale));
  const biasScaleOf = (out: number) => biasScales[channelAxis === null ? 0 : out] ?? 1;
  return {
    kernel: rounded,
    kernelQuantisation: { scales, zeroPoints: scales.map(() => 0), axis: channelAxis ?? 0 },
    bias: Int32Array.from(bias.values, (value, out) => Math.round((value - (excess[out] ?? 0)) / biasScaleOf(out))),
    biasQuantisation: { scales: biasScales, zeroPoints: scales.map(() => 0) },
  };
}

/** Which channel that goes out a weight belongs to, by its place. */
function channelOf({ values }: Parameter, channelAxis: number | null, outs: number): (at: number) => number {
  const isLast = channelAxis !== null && channelAxis > 0; // depthwise: [1, height, width, channels]
  const each = values.length / outs;
  return isLast ? (at) => at % outs : (at) => Math.floor(at / each);
}

/** One a channel, or one for all. */
function weightScales(
  { kernel, bias, channelAxis }: Pick<LayerWeights, 'kernel' | 'bias' | 'channelAxis'>,
  input: LayerInput,
  outOf: (at: number) => number,
): number[] {
  const largest = new Float64Array(bias.values.length);
  kernel.values.forEach((value, at) => {
    const out = outOf(at);
    largest[out] = Math.max(largest[out] ?? 0, Math.abs(value));
  });
  const needed = Array.from(largest, (value, out) =>
    Math.max(value / 127, Math.abs(bias.values[out] ?? 0) / (input.scale * LARGEST_BIAS)),
  );
  const most = needed.reduce((a, b) => Math.max(a, b), 0) || 1;
  if (channelAxis === null) return [Math.fround(most)];
  return needed.map((scale) => Math.fround(Math.max(scale, most * LEAST_SCALE)));
}
