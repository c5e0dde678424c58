import type { CacheState } from '../../src-main/contract/procedures.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

/** The activation cache: how large it is, and clearing it. */
export class StorageState {
  cache = $state.raw<CacheState | null>(null);
  isBusy = $state(false);
  /** Bytes that were cleared; null before. */
  clearedBytes = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(readonly client: Client) {
    void this.#ask(() => client.app.cache());
  }

  async clear(): Promise<void> {
    const before = this.cache?.sizeBytes ?? 0;
    await this.#ask(() => this.client.app.clearCache());
    if (this.problem === null) this.clearedBytes = Math.max(0, before - (this.cache?.sizeBytes ?? 0));
  }

  async #ask(ask: () => Promise<CacheState>): Promise<void> {
    this.isBusy = true;
    this.problem = null;
    try {
      this.cache = await ask();
    } catch (error) {
      this.problem = toProblem(error);
    } finally {
      this.isBusy = false;
    }
  }
}
