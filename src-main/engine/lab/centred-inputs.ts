import type { ExampleSource } from '../features/example-source.ts';

/** A batch that a network with random weights is shown. */
export interface CentredInputs {
  /** float32 [pictures, features], row-major. */
  readonly values: Float32Array;
  readonly pictureCount: number;
  readonly featureCount: number;
}

/**
 * Reads pictures and takes from each feature its mean over them, then divides everything by one number, so that the mean square is
 * 1: the variance of a first layer's sums is then fanIn · σ² exactly. A scale of its own for each feature would lift up noise.
 *
 * @param source  of any shape; it is flattened.
 * @param rows    at least two.
 */
export async function centredInputs(source: ExampleSource, rows: Uint32Array): Promise<CentredInputs> {
  const featureCount = source.shape.reduce((product, size) => product * size, 1);
  const values = new Float32Array(rows.length * featureCount);
  await source.read(rows, null, values);
  const mean = new Float64Array(featureCount);
  values.forEach((value, index) => (mean[index % featureCount] = (mean[index % featureCount] ?? 0) + value));
  let squares = 0;
  values.forEach((value, index) => {
    const centred = value - (mean[index % featureCount] ?? 0) / rows.length;
    values[index] = centred;
    squares += centred * centred;
  });
  const scale = 1 / (Math.sqrt(squares / values.length) || 1); // pictures that are all alike stay 0
  return { values: values.map((value) => value * scale), pictureCount: rows.length, featureCount };
}
