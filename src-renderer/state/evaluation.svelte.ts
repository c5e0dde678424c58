import type { Evaluation } from '../../src-main/contract/results.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** What one run answered on its pictures. */
export class EvaluationState {
  evaluation = $state.raw<Evaluation | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #abort = new AbortController();

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly runId: string,
  ) {
    void this.load();
  }

  async load(): Promise<void> {
    this.problem = null;
    const { projectId, runId } = this;
    try {
      this.evaluation = await this.client.runs.evaluation({ projectId, runId }, { signal: this.#abort.signal });
    } catch (error) {
      if (!isCancelled(error)) this.problem = toProblem(error);
    }
  }

  dispose(): void {
    this.#abort.abort();
  }
}
