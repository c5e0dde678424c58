import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** Pause after the last change, so that a number is typed and a slider is moved to its end first. */
const PAUSE_MS = 350;

/** What the server says to a question that changes: it is asked anew after a pause. The last answer stays until then. */
export class LatestAnswer<T> {
  answer = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Whether what is shown is of an earlier question. */
  isStale = $state(false);
  #asked = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor(readonly pauseMs = PAUSE_MS) {}

  /**
   * @param question  what the answer depends on; the same question is asked once.
   * @param fetch     null while it cannot be asked: then nothing is known.
   */
  ask(question: string, fetch: ((signal: AbortSignal) => Promise<T>) | null): void {
    if (question === this.#asked) return;
    this.#asked = question;
    this.dispose();
    this.isStale = true;
    if (fetch === null) {
      this.answer = null;
      this.problem = null;
      return;
    }
    const abort = (this.#abort = new AbortController());
    const pauseMs = this.answer === null && this.problem === null ? 0 : this.pauseMs;
    this.#timer = setTimeout(() => void this.#fetch(fetch, abort.signal), pauseMs);
  }

  async #fetch(fetch: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<void> {
    try {
      const answer = await fetch(signal);
      if (signal.aborted) return;
      this.answer = answer;
      this.problem = null;
    } catch (error) {
      if (signal.aborted || isCancelled(error)) return;
      this.answer = null;
      this.problem = toProblem(error);
    }
    this.isStale = false;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}
