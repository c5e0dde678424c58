import type { WorkerEvent } from '../contract/events.ts';

/** What a job is given besides its order. */
export interface JobContext {
  readonly report: (event: WorkerEvent) => void;
  /**
   * Aborts when the user asks to stop: what was reached so far is kept where that makes sense. With the reason `run/paused` it is to be gone
   * on with.
   */
  readonly stopSignal: AbortSignal;
}
