import type { RunCosts } from '../../src-main/contract/results.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { LatestAnswer } from './latest-answer.svelte.ts';

/** What the next run would cost, asked for anew when its settings or its pictures change. */
export class EstimateState {
  readonly #latest = new LatestAnswer<RunCosts>();

  constructor(readonly client: Client) {}

  get costs(): RunCosts | null {
    return this.#latest.answer;
  }

  get problem() {
    return this.#latest.problem;
  }

  /** Whether what is shown is of earlier settings. */
  get isStale(): boolean {
    return this.#latest.isStale;
  }

  /**
   * @param config   null while no run can be started: then nothing is known.
   * @param version  changes with what else the answer depends on: the pictures, and what runs have stored.
   */
  ask(projectId: string, config: TrainConfig | null, version: string): void {
    // The answer holds every kind of augmentation, so choosing another needs no other answer.
    const question = JSON.stringify([projectId, config === null ? null : { ...config, augmentation: null }, version]);
    this.#latest.ask(
      question,
      config === null ? null : (signal) => this.client.runs.estimate({ projectId, config }, { signal }),
    );
  }

  dispose(): void {
    this.#latest.dispose();
  }
}
