/** The experiments of a project: their settings and what they last showed, kept while the project is open. */
import { curveOptions } from '../../src-main/contract/lab/activation-curves.ts';
import { depthOptions } from '../../src-main/contract/lab/depth.ts';
import { dropoutOptions } from '../../src-main/contract/lab/dropout.ts';
import type { Experiment, ExperimentOptions, ExperimentResults } from '../../src-main/contract/lab/experiments.ts';
import { penaltyOptions } from '../../src-main/contract/lab/penalties.ts';
import { preprocessingOptions } from '../../src-main/contract/lab/preprocessing.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';
import type { ProjectState } from './project.svelte.ts';
import { TransferState } from './transfer.svelte.ts';

type Order<E extends Experiment> = ExperimentOptions[E] & { readonly projectId: string };
type Call<E extends Experiment> = (
  order: Order<E>,
  options: { readonly signal: AbortSignal },
) => Promise<ExperimentResults[E]>;

/** What the frame of an experiment needs of it. */
export interface LabWork<Options> {
  options: Options;
  /** Whether something is there to be seen. */
  readonly hasResult: boolean;
  /** Whether it is of other settings. */
  readonly isStale: boolean;
  readonly isRunning: boolean;
  /** Of what runs, 0–1; null where nobody knows. */
  readonly fraction: number | null;
  readonly problem: Problem | null;
  /** Whether the options are not the usual ones. */
  readonly isChanged: boolean;
  run(): Promise<void>;
  cancel(): void;
  reset(): void;
}

/** One experiment. It goes on while other screens are open. */
export class ExperimentState<E extends Experiment> implements LabWork<ExperimentOptions[E]> {
  options = $state.raw() as ExperimentOptions[E]; // set first thing in the constructor
  result = $state.raw<ExperimentResults[E] | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** By this page's clock; null while it does not run. */
  startedAt = $state<number | null>(null);
  /** What the result was made with. */
  #ran = $state.raw<ExperimentOptions[E] | null>(null);
  readonly isRunning = $derived(this.startedAt !== null);
  readonly fraction = null;
  readonly hasResult = $derived(this.result !== null);
  readonly isStale = $derived(this.#ran !== null && JSON.stringify(this.#ran) !== JSON.stringify(this.options));
  #abort = new AbortController();

  constructor(
    readonly projectId: string,
    readonly defaults: ExperimentOptions[E],
    readonly call: Call<E>,
  ) {
    this.options = defaults;
  }

  get isChanged(): boolean {
    return JSON.stringify(this.options) !== JSON.stringify(this.defaults);
  }

  async run(): Promise<void> {
    const { options, projectId } = this;
    const { signal } = (this.#abort = new AbortController());
    this.startedAt = performance.now();
    this.problem = null;
    try {
      const result = await this.call({ ...options, projectId }, { signal });
      if (signal.aborted) return;
      this.result = result;
      this.#ran = options;
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.problem = toProblem(error);
    }
    this.startedAt = null;
  }

  cancel(): void {
    this.#abort.abort();
    this.startedAt = null;
  }

  reset(): void {
    this.options = this.defaults;
  }
}

export class LabState {
  readonly preprocessing: ExperimentState<'preprocessing'>;
  readonly activationCurves: ExperimentState<'activationCurves'>;
  readonly depth: ExperimentState<'depth'>;
  readonly penalties: ExperimentState<'penalties'>;
  readonly dropout: ExperimentState<'dropout'>;
  readonly transfer: TransferState;

  constructor(project: ProjectState) {
    const { projectId } = project;
    const { lab }: Client = project.client;
    this.preprocessing = new ExperimentState(projectId, preprocessingOptions.parse({}), lab.preprocessing);
    this.activationCurves = new ExperimentState(projectId, curveOptions.parse({}), lab.activationCurves);
    this.depth = new ExperimentState(projectId, depthOptions.parse({}), lab.depth);
    this.penalties = new ExperimentState(projectId, penaltyOptions.parse({}), lab.penalties);
    this.dropout = new ExperimentState(projectId, dropoutOptions.parse({}), lab.dropout);
    this.transfer = new TransferState(project);
  }

  /** Ends what is under way. A comparison of runs goes on: runs are the project's. */
  dispose(): void {
    for (const one of [this.preprocessing, this.activationCurves, this.depth, this.penalties, this.dropout])
      one.cancel();
    this.transfer.dispose();
  }
}

const labs = new WeakMap<ProjectState, LabState>();

/** The lab of a project; the same one however often its screen is opened. */
export function labOf(project: ProjectState): LabState {
  const known = labs.get(project);
  if (known !== undefined) return known;
  const lab = new LabState(project);
  labs.set(project, lab);
  project.onGone(() => lab.dispose());
  return lab;
}
