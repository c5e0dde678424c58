import type { ExportReport } from '../../src-main/contract/results.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { readExport, type ExportContents } from '../client/export-files.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** The exported files of one run, format by format. */
export class ExportsState {
  reports = $state.raw<readonly ExportReport[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The format being written and checked. */
  busy = $state<ExportFormat | null>(null);
  /** What lies in each zip; read when it is first shown. */
  contents = $state.raw<Partial<Record<ExportFormat, ExportContents | null>>>({});
  /** Where the user wants the files; null: the run's own folder. */
  folder = $state<string | null>(null);
  readonly missing = $derived(EXPORT_FORMATS.filter((format) => this.reportOf(format) === null));
  readonly #abort = new AbortController();
  readonly #asked: Partial<Record<ExportFormat, boolean>> = {};

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly runId: string,
  ) {
    void this.#load();
  }

  reportOf(format: ExportFormat): ExportReport | null {
    return this.reports?.findLast((report) => report.format === format) ?? null;
  }

  /** Writes formats one after the other, so that each shows as soon as it is checked. */
  async create(formats: readonly ExportFormat[]): Promise<void> {
    if (this.busy !== null) return;
    this.problem = null;
    const { projectId, runId } = this;
    try {
      for (const format of formats) {
        this.busy = format;
        const written = await this.client.exports.create({
          projectId,
          runId,
          formats: [format],
          ...(this.folder === null ? {} : { folder: this.folder }),
        });
        this.reports = [...(this.reports ?? []).filter((report) => report.format !== format), ...written];
        this.#forget(format);
      }
    } catch (error) {
      this.problem = toProblem(error);
    } finally {
      this.busy = null;
    }
  }

  /** Reads the zip of a format once. */
  async look(format: ExportFormat): Promise<void> {
    if (this.#asked[format] === true) return;
    this.#asked[format] = true;
    try {
      const contents = await readExport(this.projectId, this.runId, format, this.#abort.signal);
      this.contents = { ...this.contents, [format]: contents };
    } catch (error) {
      this.#forget(format);
      if (!isCancelled(error)) this.problem = toProblem(error);
    }
  }

  /** What was read of an earlier file says nothing of a new one. */
  #forget(format: ExportFormat): void {
    this.#asked[format] = false;
    this.contents = { ...this.contents, [format]: null };
  }

  async #load(): Promise<void> {
    try {
      this.reports = await this.client.exports.list({ projectId: this.projectId, runId: this.runId });
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  dispose(): void {
    this.#abort.abort();
  }
}
