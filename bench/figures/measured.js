// @ts-check
/** What a figure's measurement hands over, before its goal is held against it. */

/**
 * @typedef {object} Measured
 * @property {number} value
 * @property {readonly object[]} runs   every round, as it was measured
 * @property {string} ours              the median, for people
 * @property {string} peer
 * @property {boolean | null} [holds]   what else the goal asks for; null where that was not measured; absent: nothing
 * @property {string} [note]
 * @property {import('./accuracy.js').Accuracy} [accuracy]
 */

/** @typedef {Measured | { readonly failed: string }} Outcome */

/**
 * @typedef {object} Context
 * @property {boolean} isQuick
 * @property {number} repeats
 * @property {() => string} python  that has the peers; throws where there is none
 * @property {(line: string) => void} say
 */

/**
 * Figures that share their measurements.
 *
 * @typedef {object} Group
 * @property {readonly import('../options.js').FigureName[]} names
 * @property {(context: Context, wanted: ReadonlySet<string>) => Promise<Partial<Record<import('../options.js').FigureName, Outcome>>>} measure
 */

/** @param {unknown} error @returns {{ failed: string }} */
export function failure(error) {
  return { failed: error instanceof Error ? error.message : String(error) };
}

/**
 * @param {number} count
 * @param {string} unit
 */
export function quantity(count, unit) {
  const digits = count < 10 ? 2 : count < 100 ? 1 : 0;
  return `${count.toFixed(digits)} ${unit}`;
}
