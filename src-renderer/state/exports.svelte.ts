import type { ExportRefusal, ExportReport } from '../../src-main/contract/results.ts';
import { DEFAULT_EXPORT_FORMATS, EXPORT_FORMATS, type ExportFormat } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { readExport, type ExportContents } from '../client/export-files.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';
import { advanceOrder, cardState, startOrder, type CardState, type OrderProgress } from '../lib/export-cards.ts';

/** The exported files of one run, format by format. */
export class ExportsState {
  reports = $state.raw<readonly ExportReport[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** What is being written and checked. */
  order = $state.raw<OrderProgress | null>(null);
  /** Formats that were tried and cannot hold the model. */
  refused = $state.raw<readonly ExportRefusal[]>([]);
  /** What is to be written next, in the order of all formats. */
  selected = $state.raw<readonly ExportFormat[]>([]);
  /** What lies in each zip; read when it is first shown. */
  contents = $state.raw<Partial<Record<ExportFormat, ExportContents | null>>>({});
  /** Where the user wants the files; null: the run's own folder. */
  folder = $state<string | null>(null);
  /** Whether small copies of validation pictures go along. */
  withSamples = $state(false);
  /** An order whose folder holds files already: whether to replace them is the user's to say. */
  question = $state.raw<readonly ExportFormat[] | null>(null);
  readonly #abort = new AbortController();
  #orderAbort = new AbortController();
  readonly #asked: Partial<Record<ExportFormat, boolean>> = {};

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly runId: string,
  ) {
    void this.#load();
  }

  stateOf(format: ExportFormat): CardState {
    return cardState(format, { order: this.order, reports: this.reports ?? [], refused: this.refused });
  }

  reportOf(format: ExportFormat): ExportReport | null {
    return this.reports?.findLast((report) => report.format === format) ?? null;
  }

  select(format: ExportFormat, isSelected: boolean): void {
    this.selected = EXPORT_FORMATS.filter((one) => (one === format ? isSelected : this.selected.includes(one)));
  }

  /** All that are not written yet, or nothing where all of these are selected. */
  toggleMissing(): void {
    const { missing } = this;
    this.selected = missing.every((format) => this.selected.includes(format)) ? [] : missing;
  }

  get missing(): readonly ExportFormat[] {
    return EXPORT_FORMATS.filter((format) => this.stateOf(format).kind === 'none');
  }

  /** Writes and checks formats; those that cannot hold the model say so, and the others are written. */
  async create(formats: readonly ExportFormat[], overwrite = false): Promise<void> {
    if (this.order !== null || formats.length === 0) return;
    this.problem = null;
    this.question = null;
    this.refused = this.refused.filter(({ format }) => !formats.includes(format));
    this.order = startOrder(formats);
    this.#orderAbort = new AbortController();
    const { projectId, runId, folder } = this;
    const wishes = { overwrite, skipUnsupported: true, samplePictures: this.withSamples };
    try {
      const events = await this.client.exports.create(
        { projectId, runId, formats: [...formats], ...wishes, ...(folder === null ? {} : { folder }) },
        { signal: this.#orderAbort.signal },
      );
      for await (const event of events) {
        this.order = advanceOrder(this.order, event);
        if (event.type === 'exported') this.#put(event.report);
        if (event.type === 'finished') this.refused = [...this.refused, ...event.refused];
      }
      this.selected = this.selected.filter((format) => !formats.includes(format));
    } catch (error) {
      if (this.#orderAbort.signal.aborted || isCancelled(error)) return;
      const problem = toProblem(error);
      if (problem.code === 'export/target-exists' && folder !== null && !overwrite) this.question = formats;
      else this.problem = problem;
    } finally {
      this.order = null;
    }
  }

  /** Ends what is at work; formats that are in their place by then stay. */
  cancel(): void {
    this.#orderAbort.abort();
  }

  /** Reads the zip of a format once. */
  async look(format: ExportFormat): Promise<void> {
    if (this.#asked[format] === true) return;
    this.#asked[format] = true;
    try {
      const contents = await readExport(this.projectId, this.runId, format, this.#abort.signal);
      this.contents = { ...this.contents, [format]: contents };
    } catch (error) {
      this.#asked[format] = false;
      if (!isCancelled(error)) this.problem = toProblem(error);
    }
  }

  /** What was read of an earlier file says nothing of a new one. */
  #put(report: ExportReport): void {
    this.reports = [...(this.reports ?? []).filter(({ format }) => format !== report.format), report];
    this.#asked[report.format] = false;
    this.contents = { ...this.contents, [report.format]: null };
  }

  async #load(): Promise<void> {
    try {
      this.reports = await this.client.exports.list({ projectId: this.projectId, runId: this.runId });
      this.selected = DEFAULT_EXPORT_FORMATS.filter((format) => this.reportOf(format) === null);
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** What is at work goes on: leaving the screen does not end it. */
  dispose(): void {
    this.#abort.abort();
  }
}
