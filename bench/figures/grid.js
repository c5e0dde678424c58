// @ts-check
/** A grid of heads trained at once, beside one epoch of the Keras recipe. */
import { BACKBONE, places } from '../places.js';
import { runShort } from '../peers.js';
import { temporaryFolder } from '../processes.js';
import { runProgram } from '../programs.js';
import { median } from '../statistics.js';
import { compareRuns, inTurns } from './in-turns.js';
import { quantity } from './measured.js';

/** @type {import('./measured.js').Group} */
export const gridFigure = {
  names: ['grid100_vs_keras_epoch'],
  async measure({ repeats, python, say }) {
    const featuresFile = temporaryFolder('features'); // the first round writes it
    const { grid, keras } = await inTurns(
      { title: '100 heads', rounds: repeats, say },
      {
        /** @returns {Promise<GridRun>} */
        grid: () => runProgram('grid', [{ backbone: BACKBONE, pictures: places.hymenoptera, featuresFile }]),
        keras: async (round) => (await runShort(python(), 'keras', round)).epochSeconds,
      },
    );
    return { grid100_vs_keras_epoch: compareRuns(grid, keras, compareTimes) };
  },
};

/** @typedef {{ readonly seconds: number }} GridRun */

/**
 * @param {readonly GridRun[]} grids
 * @param {readonly number[]} epochs
 * @returns {import('./measured.js').Measured}
 */
function compareTimes(grids, epochs) {
  const ours = median(grids.map(({ seconds }) => seconds));
  const peer = median(epochs);
  return {
    value: ours / peer,
    runs: grids.map((grid, round) => ({ ours: grid, peer: epochs[round] })),
    ours: quantity(ours, 's'),
    peer: quantity(peer, 's'),
  };
}
