import type { DatasetSummary } from '../../src-main/contract/dataset.ts';
import type {
  CopyOrder,
  CopyReport,
  EditHistory,
  EditRequest,
  EditResult,
  PastEdit,
} from '../../src-main/contract/edits.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';
import { PictureLists } from './pictures.svelte.ts';
import { Selection } from './selection.svelte.ts';

/** Steps that can be shown and undone by name; older ones are still undone. */
const HISTORY_LIMIT = 1000;

/** What was done last, to be said beside the buttons that take it back. */
export interface Step {
  readonly kind: 'done' | 'undone' | 'redone';
  readonly edit: PastEdit;
}

/** Looking through the pictures of a project and editing them. It outlives the screen, so that one comes back to what one left. */
export class Curation {
  readonly lists: PictureLists;
  readonly selection = new Selection();
  history = $state.raw<EditHistory | null>(null);
  #last: Promise<unknown> = Promise.resolve();
  problem = $state.raw<Problem | null>(null);
  lastStep = $state.raw<Step | null>(null);
  /** Filters of the screen when it was left. */
  query: Readonly<Record<string, string>> = {};

  readonly nextUndo = $derived(this.#numbered(this.history?.position));
  readonly nextRedo = $derived(this.#numbered((this.history?.position ?? -1) + 1));

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly onSummary: (summary: DatasetSummary) => void,
  ) {
    this.lists = new PictureLists(client, projectId);
  }

  async loadHistory(): Promise<void> {
    const { projectId } = this;
    try {
      this.history = await this.client.dataset.edits({ projectId, limit: HISTORY_LIMIT });
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** @returns whether it is recorded or was so already; else `problem` says why not. */
  edit(edit: EditRequest): Promise<boolean> {
    return this.#change('done', () => this.client.dataset.edit({ projectId: this.projectId, edit }));
  }

  async undo(): Promise<void> {
    await this.#change('undone', () => this.client.dataset.undo({ projectId: this.projectId }));
  }

  async redo(): Promise<void> {
    await this.#change('redone', () => this.client.dataset.redo({ projectId: this.projectId }));
  }

  /** @throws why it cannot be written */
  copy(order: CopyOrder, signal: AbortSignal): Promise<CopyReport> {
    return this.client.dataset.applyToCopy({ ...order, projectId: this.projectId }, { signal });
  }

  /** One after the other, as they were asked for: the second key that is pressed counts as much as the first. */
  #change(kind: Step['kind'], work: () => Promise<EditResult>): Promise<boolean> {
    const step = this.#last.then(() => this.#perform(kind, work));
    this.#last = step;
    return step;
  }

  async #perform(kind: Step['kind'], work: () => Promise<EditResult>): Promise<boolean> {
    const undone = this.nextUndo;
    if ((kind === 'undone' && undone === null) || (kind === 'redone' && this.nextRedo === null)) return false;
    this.problem = null;
    try {
      const { isRecorded, summary } = await work();
      if (!isRecorded) return true;
      this.onSummary(summary);
      await this.loadHistory();
      const edit = kind === 'undone' ? undone : this.nextUndo;
      this.lastStep = edit === null ? null : { kind, edit };
      return true;
    } catch (error) {
      this.problem = toProblem(error);
      return false;
    }
  }

  #numbered(number: number | undefined): PastEdit | null {
    return this.history?.edits.find((edit) => edit.number === number) ?? null;
  }
}
