import type { BackboneChoice } from '../../src-main/contract/backbones.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** What is being brought. */
interface Adding {
  /** Id of the catalogue, address or path. */
  readonly source: string;
  readonly doneBytes: number;
  /** Null where the host does not say it, and before the first byte. */
  readonly totalBytes: number | null;
}

/** The backbones that are known, and bringing more. It goes on when its screen is left. */
export class BackbonesState {
  /** Null while they load. */
  choices = $state.raw<readonly BackboneChoice[] | null>(null);
  adding = $state.raw<Adding | null>(null);
  /** What was brought last. */
  added = $state.raw<BackboneChoice | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly installed = $derived((this.choices ?? []).filter(({ isInstalled }) => isInstalled));
  readonly missing = $derived((this.choices ?? []).filter(({ isInstalled }) => !isInstalled));
  #abort = new AbortController();

  constructor(readonly client: Client) {}

  async load(): Promise<void> {
    try {
      this.choices = await this.client.backbones.list();
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** @returns whether it is there now. */
  async add(source: string): Promise<boolean> {
    if (this.adding !== null) return false;
    this.#abort = new AbortController();
    this.adding = { source, doneBytes: 0, totalBytes: null };
    this.added = this.problem = null;
    try {
      for await (const event of await this.client.backbones.add({ source }, { signal: this.#abort.signal })) {
        if (event.type === 'added') this.added = event.backbone;
        else this.adding = { source, doneBytes: event.doneBytes, totalBytes: event.totalBytes };
      }
      await this.load();
      return true;
    } catch (error) {
      if (!this.#abort.signal.aborted && !isCancelled(error)) this.problem = toProblem(error);
      return false;
    } finally {
      this.adding = null;
    }
  }

  /** What has come stays on the disk, and the next time goes on from there. */
  cancel(): void {
    this.#abort.abort();
  }

  async remove(id: string): Promise<void> {
    this.added = this.problem = null;
    try {
      await this.client.backbones.remove({ id });
    } catch (error) {
      this.problem = toProblem(error);
    }
    await this.load();
  }
}
