import { TRUSTED_AGREEMENT, type AccuracyDrop, type Calibration, type ExportReport } from '../../contract/results.ts';
import type { ExportFormat } from '../../contract/training.ts';
import { argMax } from '../evaluate/metrics.ts';
import { pairedDifference } from '../evaluate/paired-difference.ts';
import { runPictures, type PictureOutputs } from '../features/run-pictures.ts';
import type { Runner } from '../features/runner.ts';
import type { CheckPicture, Classifier } from '../network/classifier.ts';
import { doubtOf } from './doubt.ts';
import type { NotRun, WriteContext } from './target.ts';
import { targetOf } from './targets.ts';
import { unchanged } from './unchanged.ts';

/** A probability that differs by more has been rounded: exact formats were measured to stay below 2 × 10⁻⁵. */
const MEASURABLE_DIFFERENCE = 1e-4;

/** How far an exported file agrees with the app. */
export interface Check {
  /** Pictures of the same class by the file and by the app, of those that could be run; null where none could. */
  readonly agreement: { readonly same: number; readonly of: number } | null;
  /** Largest difference of a class probability over those pictures. */
  readonly maxAbsDifference: number | null;
  /** Validation pictures that are gone, changed or unreadable since the app used them: they prove nothing. */
  readonly uncheckedCount: number;
  /** Why no picture was run through the file: this machine has nothing that opens it. Absent where it was run. */
  readonly notRun?: string;
  /** What the file costs in accuracy; null where the true classes were not noted, absent where the answers do not differ measurably. */
  readonly accuracyDrop?: AccuracyDrop | null;
  /** Why too few pictures agree; absent where enough do. */
  readonly doubt?: NonNullable<ExportReport['doubt']>;
  /** Of a format that was cut to the values of pictures. */
  readonly calibration?: Calibration | undefined;
}

interface VerifyOptions {
  /** As when the files were written. */
  readonly calibrate: WriteContext['calibrate'];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Opens exported models in their own runtimes and runs them over the pictures that the classifier was validated with,
 * each decoded once for all formats. A format that nothing here opens is said to be not run, with the reason.
 *
 * @param written  folders that hold the files of a format.
 * @returns        in the order of `written`.
 * @throws whatever a runtime says of a file that it cannot open: that is a bug of the writer.
 */
export async function verifyExports(
  classifier: Classifier,
  written: readonly { readonly format: ExportFormat; readonly folder: string }[],
  { calibrate, signal, onProgress }: VerifyOptions,
): Promise<Check[]> {
  const all = classifier.validation ?? [];
  const pictures = await unchanged(all);
  signal?.throwIfAborted();
  const runners: Runner[] = [];
  const opened: { readonly format: ExportFormat; readonly column: number | NotRun }[] = []; // its place among the runners
  try {
    for (const { format, folder } of written) {
      const runner = await (await targetOf(format)).reopen(folder, classifier);
      opened.push({ format, column: 'whyNot' in runner ? runner : runners.push(runner) - 1 });
    }
    const outputs = await runPictures(
      pictures.map(({ file }) => ({ file })),
      sideBySide(runners),
      {
        imageSize: classifier.imageSize,
        ...(signal ? { signal } : {}),
        onProgress: (done) => onProgress?.(done, pictures.length),
      },
    );
    const checks: Check[] = [];
    for (const { format, column } of opened) {
      if (typeof column !== 'number') {
        checks.push({ agreement: null, maxAbsDifference: null, uncheckedCount: all.length, notRun: column.whyNot });
        continue;
      }
      const { check, mostTelling } = compare(pictures, outputs, { column, classifier, ofAll: all.length });
      const { agreement } = check;
      const isTrusted = agreement === null || agreement.same / agreement.of >= TRUSTED_AGREEMENT;
      const suspicion = { classifier, pictures: mostTelling, calibrate, signal };
      checks.push(isTrusted ? check : { ...check, doubt: await doubtOf(format, suspicion) });
    }
    return checks;
  } finally {
    await Promise.all(runners.map((runner) => runner.dispose()));
  }
}

/** Several models as one, their answers beside each other in a row. */
function sideBySide(runners: readonly Runner[]): Runner {
  const outputCount = runners.reduce((sum, runner) => sum + runner.outputCount, 0);
  return {
    outputShape: [outputCount],
    outputCount,
    async run(pixels, count) {
      const rows = new Float32Array(count * outputCount);
      let column = 0;
      for (const runner of runners) {
        const answers = await runner.run(pixels, count);
        for (let row = 0; row < count; row++) {
          const answer = answers.subarray(row * runner.outputCount, (row + 1) * runner.outputCount);
          rows.set(answer, row * outputCount + column);
        }
        column += runner.outputCount;
      }
      return rows;
    },
    dispose: async () => {}, // the runners are the caller's
  };
}

/** `mostTelling`: the pictures that could be run, those with another answer than the app's first. */
function compare(
  pictures: readonly CheckPicture[],
  { outputs, fileIndexes }: PictureOutputs,
  { column, classifier, ofAll }: { column: number; classifier: Classifier; ofAll: number },
): { readonly check: Check; readonly mostTelling: readonly CheckPicture[] } {
  const classCount = classifier.labels.length;
  const rowLength = fileIndexes.length === 0 ? 0 : outputs.length / fileIndexes.length;
  const count = { lost: 0, gained: 0, ofUnknownTruth: 0 };
  const same: CheckPicture[] = [];
  const other: CheckPicture[] = [];
  let largest = 0;
  fileIndexes.forEach((fileIndex, row) => {
    const start = row * rowLength + column * classCount;
    const answer = outputs.subarray(start, start + classCount);
    const picture = pictures[fileIndex] as CheckPicture; // an index of the list itself
    const { probabilities: expected, truth } = picture;
    const [byFile, byApp] = [argMax(answer), argMax(expected)];
    (byFile === byApp ? same : other).push(picture);
    if (byFile !== byApp && byApp === truth) count.lost++;
    else if (byFile !== byApp && byFile === truth) count.gained++;
    if (truth === undefined) count.ofUnknownTruth++;
    answer.forEach((value, index) => {
      const difference = Math.abs(value - (expected[index] ?? NaN));
      // What is no number is as wrong as a probability can be.
      largest = Math.max(largest, Number.isFinite(difference) ? difference : 1);
    });
  });
  const of = fileIndexes.length;
  const mostTelling = [...other, ...same];
  if (of === 0) return { check: { agreement: null, maxAbsDifference: null, uncheckedCount: ofAll }, mostTelling };
  const check = {
    agreement: { same: same.length, of },
    maxAbsDifference: largest,
    uncheckedCount: ofAll - of,
  };
  if (largest <= MEASURABLE_DIFFERENCE) return { check, mostTelling };
  if (count.ofUnknownTruth > 0) return { check: { ...check, accuracyDrop: null }, mostTelling };
  const { difference, low, high } = pairedDifference(count.lost, count.gained, of);
  return { check: { ...check, accuracyDrop: { drop: difference, interval: { low, high } } }, mostTelling };
}
