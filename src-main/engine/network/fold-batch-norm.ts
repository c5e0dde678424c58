import type { Parameter } from './network.ts';
import { InvalidNetworkError } from './shapes.ts';

/** A trained batch norm: one value a channel each. Where scaling or centring was off, `gamma` or `beta` is null. */
export interface BatchNorm {
  readonly gamma: Float32Array | null;
  readonly beta: Float32Array | null;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/**
 * Folds a batch norm into the convolution before it, so that `conv(x, kernel) + bias` gives what both gave:
 * `w·γ/√(σ²+ε)` and `(b−μ)·γ/√(σ²+ε) + β`. Computed in float64 and rounded once.
 *
 * @param kernel  [h, w, in, out], or [h, w, channels, 1] of a depthwise convolution. Not changed.
 * @param bias    [out]; null where the convolution has none.
 * @throws InvalidNetworkError if the norm's channels are not the convolution's.
 */
export function foldBatchNorm(
  kernel: Parameter,
  bias: Parameter | null,
  norm: BatchNorm,
): { kernel: Parameter; bias: Parameter } {
  const channels = norm.mean.length;
  const [, , inChannels, outChannels] = kernel.shape;
  const lengths = [norm.variance, norm.gamma, norm.beta, bias?.values].map((values) => values?.length ?? channels);
  if (outChannels !== channels && (outChannels !== 1 || inChannels !== channels))
    throw new InvalidNetworkError(`A batch norm of ${channels} channels follows a kernel [${kernel.shape.join(', ')}]`);
  if (lengths.some((length) => length !== channels))
    throw new InvalidNetworkError(`A batch norm has ${channels} means, but other values ${lengths.join(', ')} times`);

  const factors = Float64Array.from(
    norm.variance,
    (variance, channel) => (norm.gamma?.[channel] ?? 1) / Math.sqrt(variance + norm.epsilon),
  );
  // In both layouts the channel that the norm counts moves fastest.
  const folded = kernel.values.map((value, index) => value * (factors[index % channels] ?? 0));
  const shift = Float32Array.from(
    factors,
    (factor, channel) =>
      ((bias?.values[channel] ?? 0) - (norm.mean[channel] ?? 0)) * factor + (norm.beta?.[channel] ?? 0),
  );
  return { kernel: { shape: kernel.shape, values: folded }, bias: { shape: [channels], values: shift } };
}
