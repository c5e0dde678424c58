import type { ExampleSource } from '../features/example-source.ts';

/** Examples with their classes. Both splits read the same source. */
export interface LabelledExamples {
  readonly source: ExampleSource;
  /** Class number of each row. */
  readonly labels: Uint32Array;
  readonly classCount: number;
  /** Rows to learn from; at least one. */
  readonly trainingRows: Uint32Array;
  /** Rows that choose the best epoch; at least one. */
  readonly validationRows: Uint32Array;
}
