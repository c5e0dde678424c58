import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMemory, type ExampleSource } from '../../src-main/engine/features/example-source.ts';
import { repositoryRoot } from './shared.ts';

interface AxesCase {
  readonly rows: number;
  readonly features: number;
  readonly constant: number | null;
  readonly rank: number;
  readonly mean: readonly number[];
  readonly variances: readonly number[];
  /** [rank, features] */
  readonly axes: readonly number[];
  /** Of the training rows and two others, [rows + 2, rank]. */
  readonly turned: readonly number[];
  readonly whitened: readonly number[];
}

interface Colours {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly meanImage: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly covariance: readonly number[];
  /** Of the first pixels. */
  readonly turned: readonly number[];
  readonly whitened: readonly number[];
}

/** What scikit-learn and NumPy say; see make-preprocess.py beside the file. */
export function referencePreprocessing(): { readonly cases: readonly AxesCase[]; readonly colours: Colours } {
  const file = join(repositoryRoot, 'test', 'fixtures', 'preprocess', 'preprocess.json');
  return JSON.parse(readFileSync(file, 'utf8')) as { cases: AxesCase[]; colours: Colours }; // written by the script beside it
}

/** Data of make-preprocess.py: the last two rows are not for training. */
export function examples({ rows, features, constant }: Pick<AxesCase, 'rows' | 'features' | 'constant'>) {
  const values = Float32Array.from({ length: (rows + 2) * features }, (_, at) => {
    const [row, f] = [Math.floor(at / features), at % features];
    const own = ((at * at * 7919 + at * 104729) % 1009) / 504.5 - 1;
    const shared = ((row * row * 31 + row * 17) % 101) / 50.5 - 1;
    return f === constant ? 7 : own * (1 + (f % 5)) + 2 * shared * (f % 3) + 3 * f;
  });
  return { values, source: inMemory(values, [features]), trainingRows: countTo(rows) };
}

/** Pictures of make-preprocess.py. */
export function pictures({ count, height, width }: Colours): { values: Float32Array; source: ExampleSource } {
  const noiseAt = (x: number, y: number, c: number) => (x * 7919 + y * 10473 + c * 3137 + x * y * 13) % 251;
  const values = Float32Array.from({ length: count * height * width * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const picture = Math.floor(pixel / (height * width));
    const [x, y] = [(pixel % width) + 11 * picture, Math.floor(pixel / width) % height];
    return at % 3 === 2 ? Math.floor((noiseAt(x, y, 2) + 2 * noiseAt(x, y, 0)) / 3) : noiseAt(x, y, at % 3);
  });
  return { values, source: inMemory(values, [height, width, 3]) };
}

/** Row numbers from 0. */
export function countTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}

/** float64 [features][features] over the number of rows. */
export function covarianceOf(values: Float32Array, featureCount: number): number[][] {
  const rowCount = values.length / featureCount;
  const column = (f: number) => Array.from({ length: rowCount }, (_, row) => values[row * featureCount + f]!);
  const meanOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / rowCount;
  const columns = Array.from({ length: featureCount }, (_, f) => column(f));
  const means = columns.map(meanOf);
  return columns.map((a, i) =>
    columns.map((b, j) => meanOf(a.map((value, row) => (value - means[i]!) * (b[row]! - means[j]!)))),
  );
}
