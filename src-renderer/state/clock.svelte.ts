import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 250;

/** The page's clock, for what is shown; it ticks only while something looks at it. */
export class Clock {
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  get now(): number {
    this.#subscribe();
    return performance.now();
  }
}
