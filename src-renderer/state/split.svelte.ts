import type { ClassSummary } from '../../src-main/contract/dataset.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { LatestAnswer } from './latest-answer.svelte.ts';

type Shares = Pick<TrainConfig, 'seed' | 'validationFraction' | 'testFraction'>;

/** How the next run will split the pictures, asked for anew when shares or pictures change. */
export class SplitState {
  readonly #latest = new LatestAnswer<readonly ClassSummary[]>();

  constructor(readonly client: Client) {}

  /** Null while the answer for what was asked last is not there. */
  get classes(): readonly ClassSummary[] | null {
    return this.#latest.isStale ? null : this.#latest.answer;
  }

  /**
   * @param shares   null where no run can be started: then nothing is known.
   * @param version  changes with the pictures.
   */
  ask(projectId: string, shares: Shares | null, version: number): void {
    const asked = shares && {
      projectId,
      seed: shares.seed,
      validationFraction: shares.validationFraction,
      testFraction: shares.testFraction,
    };
    this.#latest.ask(
      JSON.stringify([asked, version]),
      asked === null ? null : (signal) => this.client.runs.split(asked, { signal }),
    );
  }

  dispose(): void {
    this.#latest.dispose();
  }
}
