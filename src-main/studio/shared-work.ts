import { EngineError } from '../contract/errors.ts';

/** Work that several ask for at once is done once. */
export class SharedWork {
  readonly #underWay = new Map<string, Promise<void>>();

  /**
   * Does the work, or waits for whoever does it already; where that one has left, it is done after all.
   *
   * @param key   what is made.
   * @param work  fails with `run/cancelled` where its own asker has left.
   */
  async once(key: string, work: () => Promise<void>): Promise<void> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) {
      const isDone = await underWay.then(
        () => true,
        (error: unknown) => {
          if (error instanceof EngineError && error.code === 'run/cancelled') return false; // the other asker left
          throw error;
        },
      );
      return isDone ? undefined : this.once(key, work);
    }
    const working = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, working);
    return working;
  }
}
