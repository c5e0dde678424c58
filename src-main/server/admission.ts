/**
 * Bounds what a server holds: requests under way, and the bytes of their bodies. Bytes are reserved before a body is
 * read: were they counted as they come, many large bodies would fill the room together and none would be finished.
 */
export class Admission {
  readonly #mostRequests: number;
  readonly #mostBytes: number;
  #requests = 0;
  #bytes = 0;

  constructor(limits: { readonly requests: number; readonly bytes: number }) {
    this.#mostRequests = limits.requests;
    this.#mostBytes = limits.bytes;
  }

  /** Requests inside. */
  get underWay(): number {
    return this.#requests;
  }

  /** @returns how to leave, to be called once more or often; null where there is no room now */
  enter(bytes: number): (() => void) | null {
    if (this.#requests >= this.#mostRequests || this.#bytes + bytes > this.#mostBytes) return null;
    this.#requests++;
    this.#bytes += bytes;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#requests--;
      this.#bytes -= bytes;
    };
  }
}
