import type { ExportRefusal, ExportReport } from '../../src-main/contract/results.ts';
import {
  CALIBRATED_FORMATS,
  DEFAULT_EXPORT_FORMATS,
  EXPORT_FORMATS,
  type ExportFormat,
} from '../../src-main/contract/training.ts';
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
  /** Folder of pictures that calibrate 8-bit formats; empty: the run's own training pictures do. */
  calibration = $state('');
  /** Whether small copies of validation pictures go along. */
  withSamples = $state(false);
  /** An order whose folder holds files already: whether to replace them is the user's to say. */
  question = $state.raw<readonly ExportFormat[] | null>(null);
  #orderAbort = new AbortController();
  readonly #asked: Partial<Record<ExportFormat, boolean>> = {};

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly runId: string,
  ) {
    void this.load();
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
    const wishes = {
      overwrite,
      skipUnsupported: true,
      samplePictures: this.withSamples,
      ...this.#calibrationOf(formats),
    };
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
      const contents = await readExport(this.projectId, this.runId, format);
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

  #calibrationOf(formats: readonly ExportFormat[]): { calibrationFolder?: string } {
    const folder = this.calibration.trim();
    return folder !== '' && formats.some(isCalibrated) ? { calibrationFolder: folder } : {};
  }

  /** What lies there by now. What is at work tells of itself. */
  async load(): Promise<void> {
    const isFirst = this.reports === null;
    try {
      this.reports = await this.client.exports.list({ projectId: this.projectId, runId: this.runId });
      if (isFirst) this.selected = DEFAULT_EXPORT_FORMATS.filter((format) => this.reportOf(format) === null);
    } catch (error) {
      this.problem = toProblem(error);
    }
  }
}

/** Whether a format is fitted to pictures. */
export function isCalibrated(format: ExportFormat): boolean {
  return CALIBRATED_FORMATS.some((one) => one === format);
}

/**
 * The exports of all runs that were looked at: they go on when their screen, or their project, is left, and are found
 * again where they stand.
 */
export class ExportsOfRuns {
  #known: readonly ExportsState[] = [];

  constructor(readonly client: Client) {}

  /** The same one however often the screen of a run is opened. */
  open(projectId: string, runId: string): ExportsState {
    const known = this.#known.find((one) => one.runId === runId);
    if (known === undefined) {
      const state = new ExportsState(this.client, projectId, runId);
      this.#known = [...this.#known, state];
      return state;
    }
    if (known.order === null) void known.load();
    return known;
  }

  /** Whether files are being written: leaving the page would end that. */
  get isBusy(): boolean {
    return this.#known.some(({ order }) => order !== null);
  }
}
