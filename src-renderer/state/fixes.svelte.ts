import pLimit from 'p-limit';
import type { DatasetSummary, ListedPicture } from '../../src-main/contract/dataset.ts';
import type { EditRequest, EditResult } from '../../src-main/contract/edits.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

const PAGE = 500;

/** Pictures that are relabelled or left out where their wrong answers are seen, and taking that back. */
export class Fixes {
  /** Pictures of the project that edits have touched, by id. */
  edited = $state.raw<Readonly<Record<string, ListedPicture>>>({});
  problem = $state.raw<Problem | null>(null);

  /** Keys come faster than answers: one change after the other, and none is lost. */
  readonly #inTurn = pLimit(1);

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly onSummary: (summary: DatasetSummary) => void,
  ) {
    void this.#load().catch((error: unknown) => (this.problem = toProblem(error)));
  }

  edit(edit: EditRequest): Promise<void> {
    return this.#change(() => this.client.dataset.edit({ projectId: this.projectId, edit }));
  }

  undo(): Promise<void> {
    return this.#change(() => this.client.dataset.undo({ projectId: this.projectId }));
  }

  async #change(work: () => Promise<EditResult>): Promise<void> {
    this.problem = null;
    await this.#inTurn(async () => {
      try {
        const { summary } = await work();
        await this.#load();
        this.onSummary(summary);
      } catch (error) {
        this.problem = toProblem(error);
      }
    });
  }

  async #load(): Promise<void> {
    const found: ListedPicture[] = [];
    for (;;) {
      const { total, pictures } = await this.client.dataset.pictures({
        projectId: this.projectId,
        isEdited: true,
        excluded: 'show',
        offset: found.length,
        limit: PAGE,
      });
      found.push(...pictures);
      if (pictures.length === 0 || found.length >= total) break;
    }
    this.edited = Object.fromEntries(found.map((picture) => [picture.id, picture]));
  }
}
