import type { ExampleSource } from '../../features/example-source.ts';
import type { DiagonalMap } from './feature-map.ts';
import { measureMean, measureVariance } from './moments.ts';

/**
 * Share of the mean variance that is added to each feature's own. A feature that hardly moves in training is mostly noise:
 * scaled up to a standard deviation of 1 it would speak as loudly as the others, and a constant one would explode later.
 * Measured on two backbones, three picture sets and six splits each: 0.3 is worth 0.35 points of accuracy over 0.001.
 */
const VARIANCE_FLOOR = 0.3;

/**
 * Measures the shift and scale that give `rows` of an embedding, of the pictures as they are, mean 0 and a standard
 * deviation of nearly 1. Statistics come from the training split alone.
 *
 * @param source  of shape [features].
 * @param rows    row numbers that count; at least one.
 */
export async function measureStandardisation(source: ExampleSource, rows: Uint32Array): Promise<DiagonalMap> {
  const mean = await measureMean(source, rows);
  const variance = await measureVariance(source, rows, mean);
  const floor = (VARIANCE_FLOOR * variance.reduce((total, value) => total + value, 0)) / mean.length;
  return {
    mean: Float32Array.from(mean),
    scale: Float32Array.from(variance, (value) => 1 / Math.sqrt(value + floor || 1)),
  };
}
