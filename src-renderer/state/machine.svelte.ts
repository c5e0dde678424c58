import type { AppStatus } from '../../src-main/contract/procedures.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

const PROBE_PAUSE_MS = 1000;
const LOST_PAUSE_MS = 2000;
/** The server is asked now and then, so that the page says when it has gone. */
const BEAT_PAUSE_MS = 5000;

/** What this machine has, and whether its server answers. The first probe takes seconds. */
export class MachineState {
  status = $state.raw<AppStatus | null>(null);
  problem = $state.raw<Problem | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDisposed = false;

  constructor(readonly client: Client) {
    void this.#ask();
  }

  async #ask(): Promise<void> {
    let pauseMs = BEAT_PAUSE_MS;
    try {
      this.status = await this.client.app.status();
      this.problem = null;
      if (this.status.backend === null && this.status.backendProblem === null) pauseMs = PROBE_PAUSE_MS;
    } catch (error) {
      this.problem = toProblem(error);
      pauseMs = LOST_PAUSE_MS;
    }
    if (!this.#isDisposed) this.#timer = setTimeout(() => void this.#ask(), pauseMs);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }
}
