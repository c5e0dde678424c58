import { parseRoute, type Route } from '../lib/route.ts';

/** The place that the address names. */
export class Router {
  #hash = $state(location.hash);
  readonly route: Route = $derived(parseRoute(this.#hash));
  readonly #onChange = (): void => {
    this.#hash = location.hash;
  };

  constructor() {
    addEventListener('hashchange', this.#onChange);
  }

  go(href: string): void {
    location.hash = href;
  }

  /** Changes the place without a step in the history: filters, and where the page itself decides. */
  replace(href: string): void {
    history.replaceState(history.state, '', href);
    this.#onChange();
  }

  dispose(): void {
    removeEventListener('hashchange', this.#onChange);
  }
}
