import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { EngineError } from '../contract/errors.ts';
import type { ExportEvent } from '../contract/events.ts';
import { exportReport, type ExportReport } from '../contract/results.ts';
import type { ExportFormat } from '../contract/training.ts';
import { readTextIfThere, writeFileDurably } from '../system/durable-file.ts';
import { requireFolder } from './datasets.ts';
import { followExport } from './follow-export.ts';
import { requireFreeSpace } from './free-space.ts';
import type { LaneOptions, Lanes } from './lanes.ts';
import type { Runs } from './runs.ts';

const recordFile = z.array(exportReport);

interface Order {
  readonly formats: readonly ExportFormat[];
  readonly folder?: string | undefined;
  readonly overwrite?: boolean;
  readonly skipUnsupported?: boolean;
  readonly samplePictures?: boolean;
  readonly calibrationFolder?: string | undefined;
}

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
   * in a folder of the user's only with leave. Progress comes first, the result last; whoever stops reading ends it.
   */
  async *create(
    projectId: string,
    runId: string,
    order: Order,
    signal?: AbortSignal,
  ): AsyncGenerator<ExportEvent, void> {
    const runFolder = await this.#runs.folderWithModel(projectId, runId);
    const { folder, formats, overwrite = false, ...wishes } = order;
    if (folder !== undefined && !isAbsolute(folder)) {
      const message = `"${folder}" is not a full path. Give the whole path of the folder to export into.`;
      throw new EngineError('export/target-unwritable', message, { folder });
    }
    if (wishes.calibrationFolder !== undefined) await requireFolder(wishes.calibrationFolder);
    await requireFreeSpace(runFolder);
    const exports = {
      folder: folder ?? join(runFolder, 'exports'),
      formats: [...new Set(formats)],
      overwrite: overwrite || folder === undefined,
      ...wishes,
    };
    const newLabels = await this.#runs.newNames(projectId, runId);
    const job = { kind: 'export', modelFolder: join(runFolder, 'model'), newLabels, exports } as const;
    const recorded: Promise<void>[] = [];
    const start = ({ onEvent, ...options }: LaneOptions) =>
      this.#lanes.heavy(projectId, job, {
        ...options,
        onEvent: (event) => {
          if (event.type === 'exported') {
            const recording = this.#record(runFolder, event.report);
            recording.catch(() => undefined); // met below
            recorded.push(recording);
          }
          onEvent?.(event);
        },
      });
    try {
      for await (const event of followExport(start, signal)) {
        await Promise.all(recorded); // who hears of a file can have it at once
        yield event;
      }
    } finally {
      await Promise.all(recorded); // what was in its place when the rest was cancelled stays
    }
  }

  /** The newest export of a format, to be downloaded; null where none was written or it is gone. */
  async newest(projectId: string, runId: string, format: ExportFormat): Promise<ExportReport | null> {
    return (await this.list(projectId, runId)).findLast((report) => report.format === format) ?? null;
  }

  #record(runFolder: string, report: ExportReport): Promise<void> {
    return this.#recording(async () => {
      const earlier = await readRecord(recordOf(runFolder));
      const all = [...earlier.filter(({ path }) => path !== report.path), report];
      await writeFileDurably(recordOf(runFolder), JSON.stringify(all, null, 2));
    });
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
