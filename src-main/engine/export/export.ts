/** From a classifier to files that prove themselves: write, reopen, compare with the app, explain, put in place. */
import { join } from 'node:path';
import type { ExportOrder } from '../../contract/jobs.ts';
import type { Calibration, ExportReport } from '../../contract/results.ts';
import type { ExportFormat } from '../../contract/training.ts';
import type { Classifier } from '../network/classifier.ts';
import { companions } from './accompany.ts';
import { calibrate } from './calibrate.ts';
import { openDraft, type Draft } from './draft.ts';
import type { ExportFile } from './export-file.ts';
import type { WriteContext } from './target.ts';
import { targetOf } from './targets.ts';
import { verifyExports, type Check } from './verify.ts';

interface ExportOptions {
  readonly order: ExportOrder;
  readonly signal?: AbortSignal;
  /** Called for each format once its folder is in place. */
  readonly onReport?: (report: ExportReport) => void;
  /** Pictures that have been compared, of those that could be. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface WrittenModel {
  readonly files: readonly ExportFile[];
  /** Of a format that asked for it. */
  readonly calibration?: Calibration;
}

interface Writing {
  readonly format: ExportFormat;
  readonly path: string;
  readonly draft: Draft;
  bytes: number;
  readonly calibration: Calibration | undefined;
}

/**
 * Exports a classifier: one folder a format, `<order.folder>/<format>`, with the model and all that is needed to use it.
 * Each file is reopened in its own runtime and compared with what the app said of the validation pictures; how well
 * they agree is in the report and in the README, and is never an error.
 *
 * A folder appears whole or not at all. The TF.js file is checked on the tfjs backend that is set.
 *
 * @throws EngineError `export/unsupported` before anything is written, where a format cannot hold the network;
 *         `export/target-exists`, `export/target-unwritable` or `storage/full`, before or after writing; the signal's reason
 *         on an abort. Nothing half-written is left.
 */
export async function exportClassifier(
  classifier: Classifier,
  { order, signal, onReport, onProgress }: ExportOptions,
): Promise<ExportReport[]> {
  // Made before anything is written: not every format can hold every network.
  const calibrateOnce = remember((nodes) =>
    calibrate(classifier, nodes, { folder: order.calibrationFolder, signal, onProgress }),
  );
  const models: ({ readonly format: ExportFormat } & WrittenModel)[] = [];
  for (const format of new Set(order.formats))
    models.push({ format, ...(await writeModel(classifier, format, calibrateOnce)) });
  const writings: Writing[] = [];
  const reports: ExportReport[] = [];
  try {
    for (const { format, calibration } of models) {
      const path = join(order.folder, format);
      writings.push({ format, path, draft: await openDraft(path, order.overwrite), bytes: 0, calibration });
    }
    for (const [index, writing] of writings.entries()) await write(writing, models[index]?.files ?? [], signal);
    const drafts = writings.map(({ format, draft }) => ({ format, folder: draft.folder }));
    const checks = await verifyExports(classifier, drafts, { signal, onProgress });
    for (const [index, writing] of writings.entries()) {
      const check = checks[index] as Check; // one for each
      await write(
        writing,
        await companions(classifier, writing.format, { ...check, calibration: writing.calibration }),
        signal,
      );
      await writing.draft.commit();
      const report: ExportReport = { format: writing.format, path: writing.path, bytes: writing.bytes, ...check };
      if (writing.calibration) report.calibration = writing.calibration;
      reports.push(report);
      onReport?.(report);
    }
    return reports;
  } catch (error) {
    // The first error counts; what cannot be removed now goes with the next export into the same place.
    await Promise.allSettled(writings.map(({ draft }) => draft.discard()));
    throw error;
  }
}

/** The files of a format, and what calibrated it if anything did. */
async function writeModel(
  classifier: Classifier,
  format: ExportFormat,
  calibrateOnce: WriteContext['calibrate'],
): Promise<WrittenModel> {
  let calibration: Calibration | null = null;
  const { write } = await targetOf(format);
  const files = await write(classifier, {
    async calibrate(nodes) {
      const found = await calibrateOnce(nodes);
      calibration = { pictureCount: found.pictureCount, leftOutCount: found.leftOutCount };
      return found;
    },
  });
  return calibration === null ? { files } : { files, calibration };
}

/** The same answer for the same nodes, without running again. */
function remember(run: WriteContext['calibrate']): WriteContext['calibrate'] {
  const answers = new Map<string, ReturnType<WriteContext['calibrate']>>();
  return (nodes) => {
    const key = JSON.stringify(nodes);
    const answer = answers.get(key) ?? run(nodes);
    answers.set(key, answer);
    return answer;
  };
}

async function write(writing: Writing, files: readonly ExportFile[], signal: AbortSignal | undefined): Promise<void> {
  for (const file of files) {
    signal?.throwIfAborted();
    await writing.draft.write(file);
    writing.bytes += typeof file.content === 'string' ? Buffer.byteLength(file.content) : file.content.length;
  }
}
