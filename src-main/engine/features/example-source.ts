/** What training learns from, by row, wherever it lies: in memory, in the activation cache, or computed when it is asked for. */
export interface ExampleSource {
  /** Of one example: [features], or [height, width, channels]. */
  readonly shape: readonly number[];
  /** Whether epochs see different variants of a row. */
  readonly isVaried: boolean;
  /**
   * Copies examples into `target`, one after another.
   *
   * @param rows    row numbers.
   * @param epoch   for which epoch: an augmented source then gives each row the variant that (seed, epoch, row) draws.
   *                Null gives the pictures as they are, as everything that measures wants them.
   * @param target  float32 [rows.length, ...shape]. Borrowed.
   */
  read(rows: Uint32Array, epoch: number | null, target: Float32Array): Promise<void>;
}

/**
 * Examples that lie in one matrix in memory, never augmented.
 *
 * @param values  float32 [rows, ...shape], row-major. Borrowed for as long as the source is used.
 */
export function inMemory(values: Float32Array, shape: readonly number[]): ExampleSource {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    shape,
    isVaried: false,
    read(rows, _epoch, target) {
      rows.forEach((row, index) => target.set(values.subarray(row * length, (row + 1) * length), index * length));
      return Promise.resolve();
    },
  };
}
