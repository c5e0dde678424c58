// @ts-check
/** A figure as it is reported: what was measured, held against its goal. */
import { FIGURES } from './figures.js';

/**
 * How a figure came about; each keeps its own, so that figures of several runs can stand in one file.
 *
 * @typedef {object} Conditions
 * @property {string} date
 * @property {string} machine
 * @property {Record<string, string>} versions
 * @property {number} repeats
 * @property {boolean} isQuick
 */

/**
 * @typedef {object} Entry
 * @property {number | null} value     null where it failed or was left out
 * @property {number} goal
 * @property {'atLeast' | 'atMost'} is
 * @property {boolean | null} met      null where not all that the goal asks for was measured
 * @property {readonly any[]} runs     any: each figure has its own
 * @property {string} [ours]
 * @property {string} [peer]
 * @property {string} [note]
 * @property {string} [failed]
 * @property {import('./figures/accuracy.js').Accuracy} [accuracy]
 * @property {Conditions} conditions
 */

/** @typedef {Readonly<Partial<Record<import('./options.js').FigureName, Entry>>>} Entries */

/**
 * @param {import('./options.js').FigureName} name
 * @param {import('./figures/measured.js').Outcome} outcome
 * @param {Conditions} conditions
 * @returns {Entry}
 */
export function toEntry(name, outcome, conditions) {
  const { goal, is } = FIGURES[name];
  if ('failed' in outcome) return { value: null, goal, is, met: false, runs: [], failed: outcome.failed, conditions };
  const { value, holds = true, ...measured } = outcome;
  const isReached = is === 'atLeast' ? value >= goal : value <= goal;
  return { value, goal, is, met: isReached && holds, ...measured, conditions };
}

/**
 * @param {import('./options.js').FigureName} name
 * @param {string} reason
 * @param {Conditions} conditions
 * @returns {Entry}
 */
export function leftOut(name, reason, conditions) {
  const { goal, is } = FIGURES[name];
  return { value: null, goal, is, met: null, runs: [], note: reason, conditions };
}
