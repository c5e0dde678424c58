import type { TtaReport } from '../../src-main/contract/results.ts';
import type { CROP_SETS } from '../../src-main/contract/test-time-augmentation.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

export type CropSet = (typeof CROP_SETS)[number];

/** Measuring one run with test-time augmentation. What was measured stays until it is measured anew. */
export class TtaState {
  report = $state.raw<TtaReport | null>(null);
  isBusy = $state(false);
  problem = $state.raw<Problem | null>(null);
  #abort = new AbortController();

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly runId: string,
  ) {}

  async measure(crops: CropSet): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = null;
    this.#abort = new AbortController();
    const { projectId, runId } = this;
    try {
      this.report = await this.client.runs.evaluateTta({ projectId, runId, crops }, { signal: this.#abort.signal });
    } catch (error) {
      if (!isCancelled(error)) this.problem = toProblem(error);
    } finally {
      this.isBusy = false;
    }
  }

  stop(): void {
    this.#abort.abort();
  }
}
