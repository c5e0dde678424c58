// @ts-check
/** Parts of the engine beside what they are built on: trunk, pipeline, decoder. */
import { BACKBONE, places } from '../places.js';
import { temporaryFolder } from '../processes.js';
import { runProgram } from '../programs.js';
import { median } from '../statistics.js';
import { failure, quantity } from './measured.js';

/** @typedef {import('./measured.js').Context} Context */
/** @typedef {{ readonly ours: number, readonly peer: number, readonly note?: string }} Round  pictures a second */

/** Rounds of a second or two, for each that is asked for: they cost little and even out what else the machine does. */
const SHORT_ROUNDS = 5;

/** @type {Record<string, (context: Context) => Promise<Round[]>>} */
const programs = {
  trunk_vs_layersmodel: ({ isQuick, repeats }) =>
    runProgram('trunk', [
      { backbone: BACKBONE, weights: places.weights, batches: isQuick ? 2 : 5, repeats: SHORT_ROUNDS * repeats },
    ]),
  trunk_vs_bare_onnx: ({ isQuick, repeats }) =>
    runProgram('pipeline', [
      {
        backbone: BACKBONE,
        batches: isQuick ? 8 : 16,
        repeats: SHORT_ROUNDS * repeats,
        folder: temporaryFolder('pipeline'),
      },
    ]),
  decode_vs_bare_sharp: ({ isQuick, repeats }) =>
    runProgram('decode', [{ folders: [places.hymenoptera, places.flowers], every: isQuick ? 6 : 1, repeats }]),
};

/** @type {import('./measured.js').Group} */
export const engineFigures = {
  names: ['trunk_vs_layersmodel', 'trunk_vs_bare_onnx', 'decode_vs_bare_sharp'],
  async measure(context, wanted) {
    /** @type {Record<string, import('./measured.js').Outcome>} */
    const outcomes = {};
    for (const [name, program] of Object.entries(programs)) {
      if (!wanted.has(name)) continue;
      context.say(name);
      outcomes[name] = await program(context).then(compareRates, failure);
    }
    return outcomes;
  },
};

/** @param {readonly Round[]} runs @returns {import('./measured.js').Measured} */
function compareRates(runs) {
  const ours = median(runs.map((run) => run.ours));
  const peer = median(runs.map((run) => run.peer));
  const ways = new Set(runs.flatMap(({ note }) => note ?? []));
  return {
    value: ours / peer,
    runs,
    ours: quantity(ours, 'pictures/s'),
    peer: quantity(peer, 'pictures/s'),
    ...(ways.size > 0 ? { note: `its fastest way of each round: ${[...ways].join('; ')}` } : {}),
  };
}
