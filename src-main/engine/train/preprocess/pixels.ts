/** What is done to the pixels that a network from nothing learns from. A pretrained backbone keeps what it was trained with. */
import { EngineError } from '../../../contract/errors.ts';
import type { PixelPreprocessing } from '../../../contract/training.ts';
import type { ExampleSource } from '../../features/example-source.ts';
import type { Parameter } from '../../network/network.ts';
import { at, readInChunks } from './moments.ts';
import { eigenOf, rankOf, withFixedSign } from './principal-axes.ts';

/** `(pixel − mean) · matrix`, of pixels 0–255; a node of the network, so that it travels in every export. */
export interface PixelMap {
  /** [3], or [height, width, 3]: the mean image. */
  readonly mean: Parameter;
  /** [3]: a scale by channel, or [3, 3]: by channel that comes in and that goes out. */
  readonly matrix: Parameter;
}

export interface PixelStatistics {
  /** float64 [height, width, 3] */
  readonly meanImage: Float64Array;
  /** [3], over all pixels. */
  readonly channelMeans: readonly number[];
  /** [3][3], of the channels over all pixels. */
  readonly covariance: readonly Float64Array[];
  readonly imageCount: number;
}

/** Pixels are whole numbers 0–255; where nothing divides by a deviation they are brought to a range of 1. */
const UNIT = 1 / 255;

const CHANNELS = [0, 1, 2] as const;

/**
 * Measures pictures as they are, in one pass. Statistics come from the training split alone. Sums of whole numbers are exact
 * in float64, so nothing is lost by not centring first: 2⁵³ holds 2·10⁶ pictures of 256 × 256.
 *
 * @param source  of shape [height, width, 3], values 0–255.
 * @param rows    row numbers that count; at least one.
 */
export async function measurePixels(source: ExampleSource, rows: Uint32Array): Promise<PixelStatistics> {
  const length = source.shape.reduce((product, size) => product * size, 1);
  const sums = new Float64Array(length);
  const products = CHANNELS.map(() => new Float64Array(3));
  for await (const values of readInChunks(source, rows)) {
    for (let index = 0; index < values.length; index++)
      sums[index % length] = at(sums, index % length) + at(values, index);
    for (const [i, row] of products.entries()) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let index = 0; index < values.length; index += 3) sum += at(values, index + i) * at(values, index + j);
        row[j] = at(row, j) + sum;
      }
    }
  }
  const pixelCount = (rows.length * length) / 3;
  const channelMeans = CHANNELS.map((channel) => {
    let sum = 0;
    for (let index = channel; index < length; index += 3) sum += at(sums, index);
    return sum / pixelCount;
  });
  const covarianceOf = (i: number, j: number) =>
    at(products[Math.max(i, j)] ?? sums, Math.min(i, j)) / pixelCount - (channelMeans[i] ?? 0) * (channelMeans[j] ?? 0);
  return {
    meanImage: sums.map((sum) => sum / rows.length),
    channelMeans,
    covariance: CHANNELS.map((i) => Float64Array.from(CHANNELS, (j) => covarianceOf(i, j))),
    imageCount: rows.length,
  };
}

/**
 * Measures and makes what the setting asks for.
 *
 * @param source  of shape [height, width, 3], values 0–255.
 * @throws EngineError `setting/out-of-range` where colours are to be whitened that do not vary in all three directions.
 */
export async function fitPixels(source: ExampleSource, rows: Uint32Array, kind: PixelPreprocessing): Promise<PixelMap> {
  const unit = parameter([3], [UNIT, UNIT, UNIT]);
  if (kind === 'none') return { mean: parameter([3], [0, 0, 0]), matrix: unit };
  const { meanImage, channelMeans, covariance } = await measurePixels(source, rows);
  const mean = parameter([3], channelMeans);
  switch (kind) {
    case 'centre':
      return { mean, matrix: unit };
    case 'mean-image':
      return { mean: parameter(source.shape, meanImage), matrix: unit };
    case 'standardise': {
      // A channel that never changes carries nothing: it is brought to the range of the others.
      const scaleOf = (variance: number) => (variance > 0 ? 1 / Math.sqrt(variance) : UNIT);
      return {
        mean,
        matrix: parameter(
          [3],
          covariance.map((row, channel) => scaleOf(at(row, channel))),
        ),
      };
    }
    case 'pca':
    case 'whiten':
      return { mean, matrix: parameter([3, 3], colourMatrix(covariance, kind)) };
  }
}

/** Turns the channels onto the axes of the pictures' colours and scales: by pixel range, or to a variance of 1 along each. */
function colourMatrix(covariance: readonly Float64Array[], kind: 'pca' | 'whiten'): Float64Array {
  const { variances, vectors } = eigenOf(covariance, 1);
  if (kind === 'whiten' && rankOf(variances) < 3) throw fewColours(covariance, rankOf(variances));
  const matrix = new Float64Array(9);
  for (const [k, vector] of vectors.entries()) {
    const scale = kind === 'whiten' ? 1 / Math.sqrt(at(variances, k)) : UNIT;
    withFixedSign(vector).forEach((value, channel) => (matrix[channel * 3 + k] = value * scale));
  }
  return matrix;
}

function parameter(shape: readonly number[], values: ArrayLike<number>): Parameter {
  return { shape, values: Float32Array.from(values) };
}

/** Grey pictures vary in one direction, and dividing by the deviation along another would blow up the first colour that comes. */
function fewColours(covariance: readonly Float64Array[], rank: number): EngineError {
  const constant = covariance.findIndex((row, channel) => at(row, channel) === 0);
  const which = constant < 0 ? '' : ` (channel ${['red', 'green', 'blue'][constant] ?? ''} never changes)`;
  const value: PixelPreprocessing = 'whiten';
  return new EngineError(
    'setting/out-of-range',
    `pixelPreprocessing whiten cannot be used: the colours of the training pictures vary in ${rank} of 3 directions${which}, as those of grey pictures do, ` +
      'and whitening divides by the deviation along each. Choose none, centre, mean-image, standardise or pca.',
    { setting: 'pixelPreprocessing', value, allowed: 'none, centre, mean-image, standardise, pca' },
  );
}
