import type { ListedPicture, PictureFilter } from '../../src-main/contract/dataset.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

const PAGE = 100;

/** The pictures that a filter lets through, fetched in pages as they come into view. */
export class PicturesState {
  total = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  #pages = $state.raw<Readonly<Record<number, readonly ListedPicture[]>>>({});
  /** Counts the changes of the dataset: what asks for pictures asks again after each. */
  #version = $state(0);
  #asked: boolean[] = [];

  constructor(
    readonly client: Client,
    readonly projectId: string,
    readonly filter: PictureFilter,
    readonly onLoad: (pictures: readonly ListedPicture[]) => void,
  ) {}

  /** Null while its page is on the way. */
  at(index: number): ListedPicture | null {
    return this.#pages[Math.floor(index / PAGE)]?.[index % PAGE] ?? null;
  }

  /** Makes sure that pictures `from` to `to` are there, as they are now, or on their way. */
  request(from: number, to: number): void {
    void this.#version;
    for (let page = Math.floor(from / PAGE); page <= Math.floor(Math.max(from, to - 1) / PAGE); page++) {
      if (this.#asked[page] !== true) void this.#load(page);
    }
  }

  /** The dataset has changed. What is shown stays until its successor is there. */
  refresh(): void {
    this.#asked = [];
    this.#version += 1;
  }

  /**
   * Ids of pictures `from` to `to` (exclusive; absent: all that there are), whether they have been in view or not.
   *
   * @throws what the server refuses the question with
   */
  async ids(from = 0, to = Infinity): Promise<readonly string[]> {
    if (to !== Infinity) {
      const pictures = Array.from({ length: to - from }, (_, at) => this.at(from + at));
      if (pictures.every((picture) => picture !== null)) return pictures.map(({ id }) => id);
    }
    const { pictureIds } = await this.client.dataset.pictureIds({ ...this.filter, projectId: this.projectId });
    return pictureIds.slice(from, to);
  }

  async #load(page: number): Promise<void> {
    this.#asked[page] = true;
    const version = this.#version;
    try {
      const { total, pictures } = await this.client.dataset.pictures({
        ...this.filter,
        projectId: this.projectId,
        offset: page * PAGE,
        limit: PAGE,
      });
      if (version !== this.#version) return; // asked before a change; the page was asked for again
      this.total = total;
      this.#pages = { ...this.#pages, [page]: pictures };
      this.problem = null;
      this.onLoad(pictures);
    } catch (error) {
      if (version !== this.#version) return;
      this.#asked[page] = false;
      this.problem = toProblem(error);
    }
  }
}

/** One list for each filter, so that scrolling back does not ask again. */
export class PictureLists {
  /* eslint-disable svelte/prefer-svelte-reactivity -- what is drawn of them has a state of its own */
  readonly #lists = new Map<string, PicturesState>();
  readonly #known = new Map<string, ListedPicture>();
  /* eslint-enable svelte/prefer-svelte-reactivity */
  #loadCount = $state(0);

  constructor(
    readonly client: Client,
    readonly projectId: string,
  ) {}

  of(filter: PictureFilter): PicturesState {
    const key = JSON.stringify(filter);
    const list =
      this.#lists.get(key) ?? new PicturesState(this.client, this.projectId, filter, (loaded) => this.#learn(loaded));
    this.#lists.set(key, list);
    return list;
  }

  /** A picture as some list showed it last; null where none has. */
  picture(id: string): ListedPicture | null {
    void this.#loadCount;
    return this.#known.get(id) ?? null;
  }

  /** The dataset has changed. */
  refresh(): void {
    for (const list of this.#lists.values()) list.refresh();
  }

  #learn(pictures: readonly ListedPicture[]): void {
    for (const picture of pictures) this.#known.set(picture.id, picture);
    this.#loadCount += 1;
  }
}
