import type { Picture, Split } from '../../src-main/contract/dataset.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

export interface PictureFilter {
  readonly className: string;
  readonly split: Split | null;
}

const PAGE = 100;

/** Pictures of one class, fetched in pages as they come into view. */
export class PicturesState {
  total = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  #pages = $state.raw<Readonly<Record<number, readonly Picture[]>>>({});
  readonly #asked: boolean[] = [];

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly filter: PictureFilter,
  ) {}

  /** Null while its page is on the way. */
  at(index: number): Picture | null {
    return this.#pages[Math.floor(index / PAGE)]?.[index % PAGE] ?? null;
  }

  /** Makes sure that pictures `from` to `to` are there or on their way. */
  request(from: number, to: number): void {
    for (let page = Math.floor(from / PAGE); page <= Math.floor(Math.max(from, to - 1) / PAGE); page++) {
      if (this.#asked[page] !== true) void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    this.#asked[page] = true;
    try {
      const { className, split } = this.filter;
      const { total, pictures } = await this.client.dataset.pictures({
        projectId: this.projectId,
        className,
        ...(split === null ? {} : { split }),
        offset: page * PAGE,
        limit: PAGE,
      });
      this.total = total;
      this.#pages = { ...this.#pages, [page]: pictures };
      this.problem = null;
    } catch (error) {
      this.#asked[page] = false;
      this.problem = toProblem(error);
    }
  }
}

/** One list for each class and split, so that scrolling back does not ask again. */
export class PictureLists {
  readonly #lists: Record<string, PicturesState> = {};

  constructor(
    readonly client: Client,
    readonly projectId: string,
  ) {}

  of(filter: PictureFilter): PicturesState {
    const key = JSON.stringify([filter.className, filter.split]);
    return (this.#lists[key] ??= new PicturesState(this.client, this.projectId, filter));
  }
}
