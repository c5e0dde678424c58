import type { CoachState } from '../../src-main/contract/procedures.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

const RETRY_MS = 1000;

/** The coach of a project, followed from whatever screen is open. */
export class CoachFollow {
  /** Undefined while it loads, null where no coach was ever asked. */
  state = $state.raw<CoachState | null | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);
  readonly isLive = $derived(this.state?.status === 'queued' || this.state?.status === 'running');
  #abort = new AbortController();

  constructor(
    readonly client: Client,
    readonly projectId: string,
  ) {
    void this.#follow(this.#abort.signal);
  }

  /** Examines settings. What an earlier coach found makes room. */
  async start(config: TrainConfig): Promise<void> {
    this.problem = null;
    try {
      this.state = await this.client.coach.start({ projectId: this.projectId, config });
    } catch (error) {
      this.problem = toProblem(error);
      return;
    }
    this.followAnew();
  }

  /** Another was started, here or in another tab. */
  followAnew(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    void this.#follow(this.#abort.signal);
  }

  async stop(): Promise<void> {
    try {
      this.state = await this.client.coach.stop({ projectId: this.projectId });
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** Goes on after a lost connection, as long as the coach does. */
  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const states = await this.client.coach.follow({ projectId: this.projectId }, { signal });
        for await (const state of states) {
          this.problem = null;
          this.state = state;
        }
        this.state ??= null; // nothing came: there is none
        return;
      } catch (error) {
        if (signal.aborted || isCancelled(error)) return;
        this.problem = toProblem(error);
        if (this.problem.code !== 'connection/lost') return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  dispose(): void {
    this.#abort.abort();
  }
}
