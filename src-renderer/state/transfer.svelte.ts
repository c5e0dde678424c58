import type { TransferReport } from '../../src-main/contract/choosing.ts';
import type { RunPair } from '../../src-main/contract/procedures.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';
import { sendable } from '../lib/settings.ts';
import type { ProjectState } from './project.svelte.ts';
import type { RunState } from './run.svelte.ts';

interface TransferOptions {
  readonly mode: Exclude<TrainConfig['mode'], 'scratch'>;
  readonly seedCount: number;
  /** Of the network from scratch. */
  readonly scratchEpochs: number;
}

/** The two runs of one seed, followed. */
interface FollowedPair {
  readonly ids: RunPair;
  readonly transfer: RunState;
  readonly scratch: RunState;
}

const USUAL: TransferOptions = { mode: 'head', seedCount: 1, scratchEpochs: 20 };

/** What did transfer bring? Pairs of runs like any other, and their comparison once they have finished. */
export class TransferState {
  options = $state.raw(USUAL);
  pairs = $state.raw<readonly FollowedPair[]>([]);
  report = $state.raw<TransferReport | null>(null);
  problem = $state.raw<Problem | null>(null);
  isStarting = $state(false);
  isComparing = $state(false);
  readonly #runs = $derived(this.pairs.flatMap(({ transfer, scratch }) => [transfer, scratch]));
  readonly isRunning = $derived(this.isStarting || this.isComparing || this.#runs.some(({ isLive }) => isLive));
  readonly fraction = $derived(
    this.#runs.length === 0
      ? null
      : this.#runs.reduce((sum, run) => sum + (run.isLive ? run.fraction : 1), 0) / this.#runs.length,
  );
  readonly hasResult = $derived(this.pairs.length > 0);
  /** The runs stay what they were, whatever is set since. */
  readonly isStale = false;
  #abort = new AbortController();
  #stopWatching: () => void = () => undefined;

  constructor(readonly project: ProjectState) {}

  get isChanged(): boolean {
    return JSON.stringify(this.options) !== JSON.stringify(USUAL);
  }

  reset(): void {
    this.options = USUAL;
  }

  async run(): Promise<void> {
    const { project } = this;
    const { mode, seedCount, scratchEpochs } = this.options;
    this.dispose();
    this.#abort = new AbortController();
    this.isStarting = true;
    this.problem = null;
    this.report = null;
    this.pairs = [];
    try {
      const config = { ...sendable(project.nextConfig), mode };
      const { projectId } = project;
      const { pairs } = await project.client.runs.startTransfer({ projectId, config, seedCount, scratchEpochs });
      await project.refreshRuns();
      this.pairs = pairs.map((ids) => ({ ids, transfer: this.#open(ids.transfer), scratch: this.#open(ids.scratch) }));
      this.#compareWhenDone();
    } catch (error) {
      this.problem = toProblem(error);
    } finally {
      this.isStarting = false;
    }
  }

  #open(runId: string): RunState {
    const summary = this.project.runs?.find(({ id }) => id === runId);
    if (summary === undefined) throw new Error(`The run ${runId} was started and is not listed`);
    return this.project.open(summary);
  }

  #compareWhenDone(): void {
    this.#stopWatching = $effect.root(() => {
      $effect(() => {
        if (this.#runs.some(({ isLive }) => isLive)) return;
        queueMicrotask(() => void this.#compare());
      });
    });
  }

  /** Runs that failed or were stopped before their first epoch have nothing to compare; the server says so. */
  async #compare(): Promise<void> {
    this.#stopWatching();
    const { signal } = this.#abort;
    const { projectId, client } = this.project;
    this.isComparing = true;
    try {
      const pairs = this.pairs.map(({ ids }) => ids);
      const report = await client.runs.compareTransfer({ projectId, pairs }, { signal });
      if (!signal.aborted) this.report = report;
    } catch (error) {
      if (!signal.aborted && !isCancelled(error)) this.problem = toProblem(error);
    }
    this.isComparing = false;
  }

  /** Ends the runs; those that have an epoch keep their best. */
  cancel(): void {
    this.dispose();
    const stopped = this.#runs.filter(({ isLive }) => isLive).map((run) => run.stop());
    Promise.all(stopped).catch((error: unknown) => (this.problem = toProblem(error)));
  }

  dispose(): void {
    this.#abort.abort();
    this.#stopWatching();
  }
}
