// @ts-check
import { failure } from './measured.js';

/**
 * What came of one competitor.
 *
 * @template T
 * @typedef {{ readonly runs: readonly T[] } | { readonly failed: string }} Runs
 */

/** @typedef {Readonly<Record<string, (round: number) => Promise<any>>>} Competitors  any: each has a result of its own */

/**
 * Runs competitors in turns, A B A B. One that fails is left out from then on, and the others go on.
 *
 * @template {Competitors} C
 * @param {{ title: string, rounds: number, say: (line: string) => void }} options
 * @param {C} competitors
 * @returns {Promise<{ [Name in keyof C]: Runs<Awaited<ReturnType<C[Name]>>> }>}
 */
export async function inTurns({ title, rounds, say }, competitors) {
  /** @type {Record<string, { runs: unknown[] } | { failed: string }>} */
  const outcomes = Object.fromEntries(Object.keys(competitors).map((name) => [name, { runs: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(competitors)) {
      const outcome = outcomes[name];
      if (outcome === undefined || 'failed' in outcome) continue;
      say(`${title}, round ${round + 1} of ${rounds}: ${name}`);
      try {
        outcome.runs.push(await work(round));
      } catch (error) {
        outcomes[name] = failure(error);
        say(`${name} failed: ${failure(error).failed}`);
      }
    }
  }
  return /** @type {any} */ (outcomes); // any: each name keeps its own result, which the compiler cannot follow through a loop
}

/**
 * Hands both sides' runs to a comparison, or says why there is none.
 *
 * @template A, B
 * @param {Runs<A> | undefined} ours
 * @param {Runs<B> | undefined} peers
 * @param {(ours: readonly A[], peers: readonly B[]) => import('./measured.js').Measured} compare
 * @returns {import('./measured.js').Outcome}
 */
export function compareRuns(ours, peers, compare) {
  if (!ours || !peers) return { failed: 'it was not run' };
  if ('failed' in ours) return ours;
  if ('failed' in peers) return peers;
  return compare(ours.runs, peers.runs);
}
