// @ts-check
/** Whether memory stays flat as a set grows: the whole process tree of `fovea train`, on 2,000 and on 20,000 pictures. */
import { trainFovea } from '../fovea.js';
import { removeFolder, temporaryFolder } from '../processes.js';
import { runProgram } from '../programs.js';
import { median } from '../statistics.js';
import { compareRuns, inTurns } from './in-turns.js';

const FEW = 2000;
const MANY = 20_000;

/** What all processes together may hold. */
const LIMIT_BYTES = 1.5e9;

/** @type {import('./measured.js').Group} */
export const memoryFigure = {
  names: ['memory_20k_vs_2k'],
  async measure({ say }) {
    // Once: peaks hardly vary, and the many take minutes.
    const { few, many } = await inTurns(
      { title: 'memory', rounds: 1, say },
      { few: () => peakOf(FEW), many: () => peakOf(MANY) },
    );
    return { memory_20k_vs_2k: compareRuns(many, few, comparePeaks) };
  },
};

/** @typedef {{ readonly pictures: number, readonly peakBytes: number, readonly seconds: number }} Peak */

/** @param {number} count @returns {Promise<Peak>} */
async function peakOf(count) {
  const pictures = temporaryFolder('pictures');
  const cache = temporaryFolder('cache');
  try {
    await runProgram('grow-set', [{ folder: pictures, count }]);
    const flags = ['--mode', 'head'];
    const { peakBytes, seconds } = await trainFovea(pictures, flags, { cache, seed: 0, watchesMemory: true });
    return { pictures: count, peakBytes: peakBytes ?? NaN, seconds };
  } finally {
    removeFolder(pictures);
    removeFolder(cache);
  }
}

/**
 * @param {readonly Peak[]} many
 * @param {readonly Peak[]} few
 * @returns {import('./measured.js').Measured}
 */
function comparePeaks(many, few) {
  const bytes = (/** @type {readonly Peak[]} */ peaks) => median(peaks.map(({ peakBytes }) => peakBytes));
  const most = Math.max(...many.map(({ peakBytes }) => peakBytes));
  const megabytes = (/** @type {number} */ count) => `${(count / 1e6).toFixed(0)} MB`;
  return {
    value: bytes(many) / bytes(few),
    holds: most <= LIMIT_BYTES,
    runs: many.map((peak, round) => ({ ours: peak, peer: few[round] })),
    ours: megabytes(bytes(many)),
    peer: megabytes(bytes(few)),
    note: `one round; at most ${megabytes(LIMIT_BYTES)} asked for as well`,
  };
}
