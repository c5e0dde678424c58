import type { DatasetSummary } from '../../src-main/contract/dataset.ts';
import type { ProjectSummary, RunSummary } from '../../src-main/contract/procedures.ts';
import type { RunStatus } from '../../src-main/contract/events.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';
import { latestRun } from '../lib/latest-run.ts';
import { sendable } from '../lib/settings.ts';
import { CoachFollow } from './coach.svelte.ts';
import { Curation } from './curation.svelte.ts';
import { RunState } from './run.svelte.ts';

/** One project: its pictures in figures, and its runs. The run at work is followed from whatever screen is open. */
export class ProjectState {
  project = $state.raw<ProjectSummary | null>(null);
  /** Undefined while it loads, null where nothing was read yet. */
  dataset = $state.raw<DatasetSummary | null | undefined>(undefined);
  /** The newest first; null while they load. */
  runs = $state.raw<readonly RunSummary[] | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Counts the changes of what is in the dataset: figures that were worked out from it are worked out anew. */
  datasetVersion = $state(0);
  isScanning = $state(false);
  #opened = $state.raw<readonly RunState[]>([]);

  readonly liveRun = $derived(this.#opened.find(({ isLive }) => isLive) ?? null);
  /** Settings of the next run: what the user chose here, else those of the last run. */
  chosenConfig = $state.raw<TrainConfig | null>(null);
  readonly nextConfig: TrainConfig = $derived(
    this.chosenConfig ?? latestRun(this.runs ?? [])?.config ?? DEFAULT_TRAIN_CONFIG,
  );
  /** Runs that left a model. */
  readonly finishedRuns = $derived((this.runs ?? []).filter(({ report }) => report !== null));

  readonly coach: CoachFollow;
  readonly curation: Curation;
  readonly #endings: (() => void)[] = [];

  constructor(
    readonly client: Client,
    readonly projectId: string,
  ) {
    this.coach = new CoachFollow(client, projectId);
    this.curation = new Curation(client, projectId, (summary) => this.#take(summary));
    void this.load();
  }

  async load(): Promise<void> {
    const { projectId } = this;
    try {
      const [project, dataset] = await Promise.all([
        this.client.projects.get({ projectId }),
        this.client.dataset.summary({ projectId }),
        this.refreshRuns(),
      ]);
      this.project = project;
      this.dataset = dataset;
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  async refreshRuns(): Promise<void> {
    const runs = await this.client.runs.list({ projectId: this.projectId });
    this.runs = runs.toSorted((a, b) => b.number - a.number);
    const live = this.runs.find(({ status }) => status === 'running' || status === 'queued');
    if (live !== undefined) {
      const run = this.open(live);
      if (!run.isLive) run.goOn(live);
    }
    for (const run of this.#opened) {
      const name = this.runs.find(({ id }) => id === run.summary.id)?.name;
      if (name !== undefined && name !== run.summary.name) run.summary = { ...run.summary, name };
    }
  }

  async refreshProject(): Promise<void> {
    this.project = await this.client.projects.get({ projectId: this.projectId });
  }

  /** A folder was read anew, here or by an import. */
  setDataset(dataset: DatasetSummary): void {
    this.#take(dataset);
    void this.curation.loadHistory(); // edits of what has gone, or is there again
  }

  #take(dataset: DatasetSummary): void {
    this.dataset = dataset;
    this.datasetVersion += 1;
    this.curation.lists.refresh();
    void this.refreshProject().catch((error: unknown) => (this.problem = toProblem(error)));
  }

  /** Reads the folder again. */
  async rescan(): Promise<void> {
    this.isScanning = true;
    try {
      this.setDataset(await this.client.dataset.scan({ projectId: this.projectId }));
    } finally {
      this.isScanning = false;
    }
  }

  async startRun(config: TrainConfig): Promise<RunState> {
    const summary = await this.client.runs.start({ projectId: this.projectId, config: sendable(config) });
    this.runs = [summary, ...(this.runs ?? [])];
    return this.open(summary);
  }

  /** Follows a run; the same run is followed once, however often it is opened. */
  open(summary: RunSummary): RunState {
    const known = this.#opened.find((run) => run.summary.id === summary.id);
    if (known !== undefined) return known;
    const run = new RunState(this.client, summary, () => void this.#runEnded());
    this.#opened = [...this.#opened, run];
    return run;
  }

  /** How a run stands, by its events where they are followed. */
  statusOf(summary: RunSummary): RunStatus {
    return this.#opened.find((run) => run.summary.id === summary.id)?.status ?? summary.status;
  }

  /** @param name  empty: none */
  async renameRun(runId: string, name: string): Promise<void> {
    const { name: kept } = await this.client.runs.rename({ projectId: this.projectId, runId, name });
    this.runs = (this.runs ?? []).map((run) => (run.id === runId ? { ...run, name: kept } : run));
    const opened = this.#opened.find((run) => run.summary.id === runId);
    if (opened !== undefined) opened.summary = { ...opened.summary, name: kept };
  }

  async removeRun(runId: string): Promise<void> {
    await this.client.runs.remove({ projectId: this.projectId, runId });
    this.#opened.find((run) => run.summary.id === runId)?.dispose();
    this.#opened = this.#opened.filter((run) => run.summary.id !== runId);
    this.runs = (this.runs ?? []).filter(({ id }) => id !== runId);
    await this.refreshProject();
  }

  async #runEnded(): Promise<void> {
    try {
      await Promise.all([this.refreshRuns(), this.refreshProject()]);
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** A part of the contract was called from another tab. */
  async changedElsewhere(area: string): Promise<void> {
    try {
      if (area === 'coach') this.coach.followAnew();
      else if (area === 'dataset') await this.#readDataset(() => true);
      else await Promise.all([this.refreshRuns(), this.refreshProject()]);
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** Whatever may have changed unseen. */
  async lookAgain(): Promise<void> {
    const isOther = (dataset: DatasetSummary): boolean => JSON.stringify(dataset) !== JSON.stringify(this.dataset);
    try {
      await Promise.all([this.refreshRuns(), this.refreshProject(), this.#readDataset(isOther)]);
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  async #readDataset(isNew: (dataset: DatasetSummary) => boolean): Promise<void> {
    const dataset = await this.client.dataset.summary({ projectId: this.projectId });
    if (dataset !== null && isNew(dataset)) this.setDataset(dataset);
  }

  /** Settings for the next run, beside those that it has. */
  applySettings(changes: Partial<TrainConfig>): void {
    this.chosenConfig = { ...this.nextConfig, ...changes };
  }

  /** What a screen keeps for as long as the project is open has its end here. */
  onGone(end: () => void): void {
    this.#endings.push(end);
  }

  dispose(): void {
    for (const end of this.#endings) end();
    this.coach.dispose();
    for (const run of this.#opened) run.dispose();
  }
}
