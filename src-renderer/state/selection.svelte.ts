/* eslint-disable svelte/prefer-svelte-reactivity -- sets are replaced as a whole, never changed in place */
import type { PicturesState } from './pictures.svelte.ts';

/** How a click or a key chooses pictures: this one alone, this one too (or no longer), or all from the anchor to it. */
export type Choice = 'only' | 'toggle' | 'range';

export function choiceOf(event: Pick<MouseEvent, 'shiftKey' | 'ctrlKey' | 'metaKey'>): Choice {
  if (event.shiftKey) return 'range';
  return event.ctrlKey || event.metaKey ? 'toggle' : 'only';
}

/** The pictures that are chosen, by id: they stay chosen when a list is filtered or read again. */
export class Selection {
  #ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a range begins, and in which list. */
  #anchor: { readonly list: PicturesState; readonly index: number } | null = null;
  /** Counts choices, so that an answer that comes late does not undo a later one. */
  #choices = 0;

  get ids(): readonly string[] {
    return [...this.#ids];
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** @throws what the server refuses the ids of a range with that has not been in view. */
  async choose(list: PicturesState, index: number, choice: Choice): Promise<void> {
    const id = list.at(index)?.id;
    if (id === undefined) return;
    if (choice === 'range') {
      const from = this.#anchor?.list === list ? this.#anchor.index : index;
      this.#anchor ??= { list, index };
      await this.#take(() => list.ids(Math.min(from, index), Math.max(from, index) + 1));
      return;
    }
    this.#choices += 1;
    this.#anchor = { list, index };
    const others = this.ids.filter((other) => other !== id);
    const isOff = choice === 'toggle' && this.has(id);
    this.#ids = new Set(choice === 'only' ? [id] : isOff ? others : [...others, id]);
  }

  async chooseAll(list: PicturesState): Promise<void> {
    await this.#take(() => list.ids());
  }

  /** Chooses some no longer. */
  drop(ids: readonly string[]): void {
    const dropped = new Set(ids);
    this.#ids = new Set(this.ids.filter((id) => !dropped.has(id)));
  }

  clear(): void {
    this.#choices += 1;
    this.#ids = new Set();
    this.#anchor = null;
  }

  async #take(ids: () => Promise<readonly string[]>): Promise<void> {
    const choice = ++this.#choices;
    const taken = new Set(await ids());
    if (choice === this.#choices) this.#ids = taken;
  }
}
