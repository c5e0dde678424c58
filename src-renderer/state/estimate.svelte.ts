import type { RunCosts } from '../../src-main/contract/results.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** Pause after the last change, so that a number is typed to its end first. */
const PAUSE_MS = 350;

/** What the next run would cost, asked for anew when its settings or its pictures change. The last answer stays until then. */
export class EstimateState {
  costs = $state.raw<RunCosts | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Whether what is shown is of earlier settings. */
  isStale = $state(false);
  #asked = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(readonly client: Client) {}

  /**
   * @param config   null while no run can be started: then nothing is known.
   * @param version  changes with what else the answer depends on: the pictures, and what runs have stored.
   */
  ask(projectId: string, config: TrainConfig | null, version: string): void {
    // The answer holds every kind of augmentation, so choosing another needs no other answer.
    const question = JSON.stringify([projectId, config === null ? null : { ...config, augmentation: null }, version]);
    if (question === this.#asked) return;
    this.#asked = question;
    this.dispose();
    this.isStale = true;
    if (config === null) {
      this.costs = null;
      this.problem = null;
      return;
    }
    const abort = (this.#abort = new AbortController());
    const pauseMs = this.costs === null && this.problem === null ? 0 : PAUSE_MS;
    this.#timer = setTimeout(() => void this.#answer(projectId, config, abort.signal), pauseMs);
  }

  async #answer(projectId: string, config: TrainConfig, signal: AbortSignal): Promise<void> {
    try {
      const costs = await this.client.runs.estimate({ projectId, config }, { signal });
      if (signal.aborted) return;
      this.costs = costs;
      this.problem = null;
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.costs = null;
      this.problem = toProblem(error);
    }
    this.isStale = false;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}
