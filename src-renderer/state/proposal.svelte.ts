import type { Proposal } from '../../src-main/contract/choosing.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** Whoever only passes by, or starts at once, sets nothing going. */
const PAUSE_MS = 800;

/** How to train on a project's pictures, found out beside the user's work: it ends where a run is started. */
export class ProposalState {
  proposal = $state.raw<Proposal | null>(null);
  problem = $state.raw<Problem | null>(null);
  isLooking = $state(false);
  #asked: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(readonly client: Client) {}

  /**
   * @param config   null while no run can be started: then nothing is asked. Of it the split alone counts.
   * @param version  changes with the pictures.
   */
  ask(projectId: string, config: TrainConfig | null, version: number): void {
    if (config === null) return this.cancel();
    const { seed, validationFraction, testFraction } = config;
    const question = JSON.stringify([projectId, seed, validationFraction, testFraction, version]);
    if (question === this.#asked) return;
    this.cancel();
    this.#asked = question;
    this.proposal = null;
    this.problem = null;
    this.isLooking = true;
    const abort = (this.#abort = new AbortController());
    this.#timer = setTimeout(() => void this.#answer(projectId, config, abort.signal), PAUSE_MS);
  }

  async #answer(projectId: string, config: TrainConfig, signal: AbortSignal): Promise<void> {
    try {
      const proposal = await this.client.runs.propose({ projectId, config }, { signal });
      if (signal.aborted) return;
      this.proposal = proposal;
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.problem = toProblem(error);
    }
    this.isLooking = false;
  }

  /** A question that goes on gives way, so that a run need not wait behind it. An answer that is there stays. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    if (this.isLooking) this.#asked = null;
    this.isLooking = false;
  }
}
