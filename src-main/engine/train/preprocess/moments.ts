import type { ExampleSource } from '../../features/example-source.ts';

/** Rows, and values of them, that are read together: bounds memory on large sets and with large pictures. */
const CHUNK = { rows: 1024, values: 2 ** 22 };

/** Rows as they are (no augmentation), float32 [rows of the chunk, …shape], in their order. */
export async function* readInChunks(source: ExampleSource, rows: Uint32Array): AsyncGenerator<Float32Array, void> {
  const length = source.shape.reduce((product, size) => product * size, 1);
  const rowCount = Math.max(1, Math.min(CHUNK.rows, Math.floor(CHUNK.values / length)));
  for (let start = 0; start < rows.length; start += rowCount) {
    const chunk = rows.subarray(start, start + rowCount);
    const values = new Float32Array(chunk.length * length);
    await source.read(chunk, null, values);
    yield values;
  }
}

/** @returns float64 [features]. */
export async function measureMean(source: ExampleSource, rows: Uint32Array): Promise<Float64Array> {
  const [featureCount = 0] = source.shape;
  const sum = new Float64Array(featureCount);
  for await (const values of readInChunks(source, rows)) {
    for (let index = 0; index < values.length; index++) {
      const feature = index % featureCount;
      sum[feature] = at(sum, feature) + at(values, index);
    }
  }
  return sum.map((total) => total / rows.length);
}

/** Of each feature, over the number of rows. @returns float64 [features]. */
export async function measureVariance(
  source: ExampleSource,
  rows: Uint32Array,
  mean: Float64Array,
): Promise<Float64Array> {
  const featureCount = mean.length;
  const squares = new Float64Array(featureCount);
  for await (const values of readInChunks(source, rows)) {
    for (let index = 0; index < values.length; index++) {
      const feature = index % featureCount;
      squares[feature] = at(squares, feature) + (at(values, index) - at(mean, feature)) ** 2;
    }
  }
  return squares.map((total) => total / rows.length);
}

/** Index within bounds by construction: the loops of this folder count up to the lengths. */
export function at(values: Float32Array | Float64Array | Uint8Array, index: number): number {
  return values[index] ?? 0;
}
