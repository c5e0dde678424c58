/** From a classifier to files that prove themselves: write, reopen, compare with the app, explain, put in place. */
import { join } from 'node:path';
import type { ExportOrder } from '../../contract/jobs.ts';
import type { ExportReport } from '../../contract/results.ts';
import type { ExportFormat } from '../../contract/training.ts';
import type { Classifier } from '../network/classifier.ts';
import { companions } from './accompany.ts';
import { openDraft, type Draft } from './draft.ts';
import type { ExportFile } from './export-file.ts';
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

interface Writing {
  readonly format: ExportFormat;
  readonly path: string;
  readonly draft: Draft;
  bytes: number;
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
  const models: { readonly format: ExportFormat; readonly files: readonly ExportFile[] }[] = [];
  for (const format of new Set(order.formats))
    models.push({ format, files: await (await targetOf(format)).write(classifier) });
  const writings: Writing[] = [];
  const reports: ExportReport[] = [];
  try {
    for (const { format } of models) {
      const path = join(order.folder, format);
      writings.push({ format, path, draft: await openDraft(path, order.overwrite), bytes: 0 });
    }
    for (const [index, writing] of writings.entries()) await write(writing, models[index]?.files ?? [], signal);
    const drafts = writings.map(({ format, draft }) => ({ format, folder: draft.folder }));
    const checks = await verifyExports(classifier, drafts, { signal, onProgress });
    for (const [index, writing] of writings.entries()) {
      const check = checks[index] as Check; // one for each
      await write(writing, await companions(classifier, writing.format, check), signal);
      await writing.draft.commit();
      const report: ExportReport = { format: writing.format, path: writing.path, bytes: writing.bytes, ...check };
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

async function write(writing: Writing, files: readonly ExportFile[], signal: AbortSignal | undefined): Promise<void> {
  for (const file of files) {
    signal?.throwIfAborted();
    await writing.draft.write(file);
    writing.bytes += typeof file.content === 'string' ? Buffer.byteLength(file.content) : file.content.length;
  }
}
