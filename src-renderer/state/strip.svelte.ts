import type { ClassSummary, Picture } from '../../src-main/contract/dataset.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

const MOST_PICTURES = 48;
const MOST_OF_A_CLASS = 8;

/** A few training pictures of every class, to choose one from. */
export class StripState {
  /** Class after class; null while they load. */
  pictures = $state.raw<readonly Picture[] | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(
    readonly client: Client,
    readonly projectId: string,
    classes: readonly ClassSummary[],
  ) {
    void this.#load(classes);
  }

  async #load(classes: readonly ClassSummary[]): Promise<void> {
    const limit = Math.max(1, Math.min(MOST_OF_A_CLASS, Math.floor(MOST_PICTURES / Math.max(1, classes.length))));
    const { client, projectId } = this;
    try {
      const lists = await Promise.all(
        classes.map(({ name: className }) =>
          client.dataset.pictures({ projectId, className, split: 'training', limit }),
        ),
      );
      this.pictures = lists.flatMap(({ pictures }) => pictures);
    } catch (error) {
      this.problem = toProblem(error);
    }
  }
}
