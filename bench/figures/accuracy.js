// @ts-check
/** Whether a faster run is as good a one. */
import { VALIDATION_COUNT } from '../places.js';
import { mean } from '../statistics.js';

/** @typedef {import('../peers.js').PeerRun} PeerRun */

/** Seeds whose mean accuracy counts. */
export const SEED_COUNT = 3;

/** One picture: by so much our mean may lie below the better peer's. */
const SLACK = 1 / VALIDATION_COUNT;

/**
 * Ours: of the epoch that each run kept. Theirs: after the last epoch, which is what the recipes end with.
 *
 * @typedef {object} Accuracy
 * @property {number} ours            mean of the seeds
 * @property {number | null} keras    null where it was not run to its end
 * @property {number | null} pytorch
 * @property {boolean | null} holds   null where there is no peer to compare with
 */

/**
 * @param {readonly number[]} ours  one a seed
 * @param {{ keras: readonly PeerRun[], pytorch: readonly PeerRun[] }} peers
 * @returns {Accuracy}
 */
export function compareAccuracy(ours, { keras, pytorch }) {
  const accuracies = { ours: mean(ours), keras: meanOfLast(keras), pytorch: meanOfLast(pytorch) };
  const peers = [accuracies.keras, accuracies.pytorch].filter((accuracy) => accuracy !== null);
  const holds = peers.length === 0 ? null : accuracies.ours >= Math.max(...peers) - SLACK - Number.EPSILON;
  return { ...accuracies, holds };
}

/** @param {readonly PeerRun[]} runs @returns {number | null} */
function meanOfLast(runs) {
  const last = runs.flatMap(({ stages }) => stages.at(-1)?.val.at(-1) ?? []);
  return last.length === 0 ? null : mean(last);
}
