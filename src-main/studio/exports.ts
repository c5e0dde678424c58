import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { EngineError } from '../contract/errors.ts';
import { exportReport, type ExportReport } from '../contract/results.ts';
import type { ExportFormat } from '../contract/training.ts';
import { readTextIfThere, writeFileDurably } from '../system/durable-file.ts';
import { requireFreeSpace } from './free-space.ts';
import type { Lanes } from './lanes.ts';
import type { Runs } from './runs.ts';

const recordFile = z.array(exportReport);

/** What was exported of each run, and where to: `<run>/exports.json`. */
export class Exports {
  readonly #runs: Runs;
  readonly #lanes: Lanes;
  readonly #recording = pLimit(1);

  constructor(runs: Runs, lanes: Lanes) {
    this.#runs = runs;
    this.#lanes = lanes;
  }

  /** Exports that are still where they were written, oldest first. */
  async list(projectId: string, runId: string): Promise<ExportReport[]> {
    const run = await this.#runs.get(projectId, runId);
    const recorded = await readRecord(recordOf(run.place.folder));
    return recorded.filter(({ path }) => existsSync(path));
  }

  /**
   * Writes and checks the formats, into the run's own folder if none is named. There an earlier export is replaced;
   * in a folder of the user's nothing ever is.
   */
  async create(
    projectId: string,
    runId: string,
    order: { readonly formats: readonly ExportFormat[]; readonly folder?: string | undefined },
  ): Promise<ExportReport[]> {
    const runFolder = await this.#runs.folderWithModel(projectId, runId);
    if (order.folder !== undefined && !isAbsolute(order.folder)) {
      const message = `"${order.folder}" is not a full path. Give the whole path of the folder to export into.`;
      throw new EngineError('export/target-unwritable', message, { folder: order.folder });
    }
    await requireFreeSpace(runFolder);
    const reports = await this.#lanes.heavy(projectId, {
      kind: 'export',
      modelFolder: join(runFolder, 'model'),
      newLabels: await this.#runs.newNames(projectId, runId),
      exports: {
        folder: order.folder ?? join(runFolder, 'exports'),
        formats: [...new Set(order.formats)],
        overwrite: order.folder === undefined,
      },
    });
    await this.#recording(async () => {
      const earlier = await readRecord(recordOf(runFolder));
      const isReplaced = (old: ExportReport) => reports.some(({ path }) => path === old.path);
      const all = [...earlier.filter((old) => !isReplaced(old)), ...reports];
      await writeFileDurably(recordOf(runFolder), JSON.stringify(all, null, 2));
    });
    return [...reports];
  }

  /** The newest export of a format, to be downloaded; null where none was written or it is gone. */
  async newest(projectId: string, runId: string, format: ExportFormat): Promise<ExportReport | null> {
    return (await this.list(projectId, runId)).findLast((report) => report.format === format) ?? null;
  }
}

function recordOf(runFolder: string): string {
  return join(runFolder, 'exports.json');
}

async function readRecord(file: string): Promise<ExportReport[]> {
  const text = await readTextIfThere(file);
  if (text === null) return [];
  try {
    return recordFile.parse(JSON.parse(text));
  } catch (error) {
    const message = `${file} cannot be read. Remove it and export again.`;
    throw new EngineError('project/corrupt', message, { file }, { cause: error });
  }
}
