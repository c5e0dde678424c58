/** From a classifier to files that prove themselves: write, reopen, compare with the app, explain, put in place. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError, type ErrorCode } from '../../contract/errors.ts';
import type { ExportOrder } from '../../contract/jobs.ts';
import type { Calibration, ExportRefusal, ExportReport, ExportResult } from '../../contract/results.ts';
import type { ExportFormat } from '../../contract/training.ts';
import { appVersion } from '../../system/app-version.ts';
import type { Classifier } from '../network/classifier.ts';
import { companions } from './accompany.ts';
import { calibrate } from './calibrate.ts';
import { openDraft, type Draft } from './draft.ts';
import type { ExportFile } from './export-file.ts';
import { listFile, manifest, type ListedFile } from './manifest.ts';
import { samplePictures, type Sample } from './sample-pictures.ts';
import type { WriteContext } from './target.ts';
import { targetOf } from './targets.ts';
import { verifyExports, type Check } from './verify.ts';

/** Why a format cannot be written while others can. */
const REFUSALS: readonly ErrorCode[] = ['export/unsupported', 'export/uncalibrated'];

interface ExportOptions {
  readonly order: ExportOrder;
  readonly signal?: AbortSignal;
  /** Called when a format's turn to be written comes; from 1. */
  readonly onWriting?: (format: ExportFormat, number: number, of: number) => void;
  /** Called for each format once it is in place. */
  readonly onReport?: (report: ExportReport) => void;
  /** Pictures that have been compared, of those that could be. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface Model {
  readonly format: ExportFormat;
  readonly files: readonly ExportFile[];
  /** Of a format that asked for it. */
  readonly calibration: Calibration | undefined;
  /** Without calibration. */
  readonly seconds: number;
}

interface Writing {
  readonly format: ExportFormat;
  readonly path: string;
  readonly draft: Draft;
  readonly files: ListedFile[];
}

/**
 * Exports a classifier: one folder a format, `<order.folder>/<format>`, or one zip, with the model and all that is needed to use it.
 * Each file is reopened in its own runtime and compared with what the app said of the validation pictures; how well
 * they agree is in the report and beside the file, and is never an error.
 *
 * A format appears whole or not at all. The TF.js file is checked on the tfjs backend that is set.
 *
 * @throws EngineError `export/unsupported` before anything is written, where a format cannot hold the network and is not to be skipped;
 *         `export/target-exists`, `export/target-unwritable` or `storage/full`, before or after writing; the signal's reason
 *         on an abort. Nothing half-written is left.
 */
export async function exportClassifier(classifier: Classifier, options: ExportOptions): Promise<ExportResult> {
  const { order, signal, onReport, onProgress } = options;
  const calibrateOnce = remember((nodes) =>
    calibrate(classifier, nodes, { folder: order.calibrationFolder, signal, onProgress }),
  );
  const { models, refused } = await makeModels(classifier, options, calibrateOnce); // before anything is written
  const samples = order.samplePictures ? await samplePictures(classifier) : [];
  const writings: Writing[] = [];
  const exports: ExportReport[] = [];
  try {
    for (const { format } of models) {
      const path = join(order.folder, order.zip ? `${format}.zip` : format);
      writings.push({ format, path, draft: await openDraft(path, order.overwrite, order.zip), files: [] });
    }
    const seconds: number[] = [];
    for (const [index, writing] of writings.entries()) {
      const { files, seconds: making } = models[index] as Model; // one for each
      const started = performance.now();
      await write(writing, files, signal);
      seconds.push(making + secondsSince(started));
    }
    const drafts = writings.map(({ format, draft }) => ({ format, folder: draft.folder }));
    const checks = await verifyExports(classifier, drafts, { calibrate: calibrateOnce, signal, onProgress });
    for (const [index, writing] of writings.entries()) {
      const calibration = models[index]?.calibration;
      const check = { ...(checks[index] as Check), ...(calibration ? { calibration } : {}) }; // as: one for each
      await accompany(writing, { classifier, check, samples, signal });
      await writing.draft.commit();
      const { format, path, files } = writing;
      const bytes = order.zip ? (await stat(path)).size : files.reduce((sum, file) => sum + file.bytes, 0);
      const report: ExportReport = { format, path, bytes, ...check, writeSeconds: seconds[index] };
      exports.push(report);
      onReport?.(report);
    }
    return { exports, refused };
  } catch (error) {
    // The first error counts; what cannot be removed now goes with the next export into the same place.
    await Promise.allSettled(writings.map(({ draft }) => draft.discard()));
    throw error;
  }
}

/** The files of all formats, and which of them cannot hold the network. */
async function makeModels(
  classifier: Classifier,
  { order, signal, onWriting }: ExportOptions,
  calibrateOnce: WriteContext['calibrate'],
): Promise<{ readonly models: readonly Model[]; readonly refused: ExportRefusal[] }> {
  const models: Model[] = [];
  const refused: ExportRefusal[] = [];
  const formats = [...new Set(order.formats)];
  for (const [index, format] of formats.entries()) {
    signal?.throwIfAborted();
    onWriting?.(format, index + 1, formats.length);
    try {
      models.push(await makeModel(classifier, format, calibrateOnce));
    } catch (error) {
      const isRefusal = error instanceof EngineError && REFUSALS.includes(error.code);
      if (!isRefusal || !order.skipUnsupported) throw error;
      refused.push({ format, code: error.code, message: error.message });
    }
  }
  return { models, refused };
}

/** The files of a format, and what calibrated it if anything did. */
async function makeModel(
  classifier: Classifier,
  format: ExportFormat,
  calibrateOnce: WriteContext['calibrate'],
): Promise<Model> {
  let calibration: Calibration | undefined;
  let calibrating = 0;
  const { write } = await targetOf(format);
  const started = performance.now();
  const files = await write(classifier, {
    async calibrate(nodes) {
      const asked = performance.now();
      const found = await calibrateOnce(nodes);
      calibrating = secondsSince(asked);
      calibration = { pictureCount: found.pictureCount, leftOutCount: found.leftOutCount };
      return found;
    },
  });
  return { format, files, calibration, seconds: secondsSince(started) - calibrating };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
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

interface Company {
  readonly classifier: Classifier;
  readonly check: Check;
  readonly samples: readonly Sample[];
  readonly signal: AbortSignal | undefined;
}

/** Writes what lies beside a model, its manifest last. */
async function accompany(writing: Writing, { classifier, check, samples, signal }: Company): Promise<void> {
  const { format, files } = writing;
  await write(writing, await companions(classifier, format, check, { samples }), signal);
  const target = await targetOf(format);
  await write(writing, [manifest({ classifier, format, target, check, version: appVersion(), files })], signal);
}

async function write(writing: Writing, files: readonly ExportFile[], signal: AbortSignal | undefined): Promise<void> {
  for (const file of files) {
    signal?.throwIfAborted();
    await writing.draft.write(file);
    writing.files.push(listFile(file));
  }
}
