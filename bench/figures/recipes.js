// @ts-check
/**
 * The whole job on ants and bees beside the peers' published recipes: every process from start to end, the same weights
 * and pictures. Ours is a head alone, or a head and then the upper layers; theirs is ten epochs of each.
 */
import { emptyCache, trainFovea } from '../fovea.js';
import { estimateRecipe, runRecipe } from '../peers.js';
import { places } from '../places.js';
import { removeFolder } from '../processes.js';
import { median } from '../statistics.js';
import { compareAccuracy, SEED_COUNT } from './accuracy.js';
import { compareRuns, inTurns } from './in-turns.js';
import { quantity } from './measured.js';

/** @typedef {import('../fovea.js').FoveaRun} FoveaRun */
/** @typedef {import('../peers.js').PeerRun} PeerRun */
/** @typedef {import('./measured.js').Context} Context */
/** @template T @typedef {import('./in-turns.js').Runs<T>} Runs */

/** Ours with nothing cached, and once more with what that left. @typedef {{ cold: FoveaRun, warm?: FoveaRun }} Ours */

/**
 * @typedef {object} Job
 * @property {string} title
 * @property {readonly string[]} flags                of `fovea train`
 * @property {boolean} runsAgain                      with what the first run left in the cache
 * @property {{ head: number, tune: number }} epochs  of the recipes
 * @property {boolean} [needsPyTorch]
 */

const EPOCHS = 10;

/** @type {import('./measured.js').Group} */
export const headFigures = {
  names: ['head_cold_vs_keras', 'head_cold_vs_pytorch', 'head_warm_vs_keras'],
  async measure(context, wanted) {
    const runs = await besidePeers(context, {
      title: 'head',
      flags: ['--mode', 'head'],
      runsAgain: wanted.has('head_warm_vs_keras'),
      epochs: { head: EPOCHS, tune: 0 },
      needsPyTorch: wanted.has('head_cold_vs_keras') || wanted.has('head_cold_vs_pytorch'), // the better peer's accuracy counts
    });
    return {
      head_cold_vs_keras: compareRuns(runs.fovea, runs.keras, runs.compareCold),
      head_cold_vs_pytorch: compareRuns(runs.fovea, runs.pytorch, runs.compareCold),
      head_warm_vs_keras: compareRuns(runs.fovea, runs.keras, (ours, peers) => {
        const warm = ours.flatMap((run) => run.warm ?? []);
        return compareSeconds(warm, peers);
      }),
    };
  },
};

/** @type {import('./measured.js').Group} */
export const upperFigures = {
  names: ['upper_vs_keras', 'upper_vs_pytorch'],
  async measure(context) {
    const runs = await besidePeers(context, {
      title: 'upper layers',
      flags: ['--mode', 'upper', '--augmentation', 'cached', '--tune-epochs', String(EPOCHS)],
      runsAgain: false,
      epochs: { head: EPOCHS, tune: EPOCHS },
      needsPyTorch: true,
    });
    return {
      upper_vs_keras: compareRuns(runs.fovea, runs.keras, runs.compareCold),
      upper_vs_pytorch: compareRuns(runs.fovea, runs.pytorch, runs.compareCold),
    };
  },
};

/** @param {Context} context @param {Job} job */
async function besidePeers({ isQuick, repeats, python, say }, { title, flags, runsAgain, epochs, needsPyTorch }) {
  const runPeer = (/** @type {import('../peers.js').Peer} */ peer) => async (/** @type {number} */ round) =>
    isQuick ? estimateRecipe(python(), peer, epochs, round) : runRecipe(python(), peer, epochs);
  const runs = await inTurns(
    { title, rounds: repeats, say },
    {
      fovea: (seed) => trainOurs(flags, seed, runsAgain),
      keras: runPeer('keras'),
      ...(needsPyTorch ? { pytorch: runPeer('pytorch') } : {}),
    },
  );
  const seeds = listOf(runs.fovea).map(({ cold }) => cold.accuracy);
  for (let seed = repeats; seeds.length > 0 && seed < SEED_COUNT && !isQuick; seed++) {
    say(`${title}: seed ${seed}, for its accuracy`);
    seeds.push((await trainOurs(flags, seed, false)).cold.accuracy);
  }
  const accuracy = compareAccuracy(seeds, { keras: listOf(runs.keras), pytorch: listOf(runs.pytorch) });
  /** @param {readonly Ours[]} ours @param {readonly PeerRun[]} peers @returns {import('./measured.js').Measured} */
  const compareCold = (ours, peers) => {
    const cold = ours.map((run) => run.cold);
    return { ...compareSeconds(cold, peers), accuracy, holds: accuracy.holds };
  };
  return { ...runs, compareCold };
}

/** @param {readonly string[]} flags @param {number} seed @param {boolean} runsAgain @returns {Promise<Ours>} */
async function trainOurs(flags, seed, runsAgain) {
  const cache = await emptyCache();
  try {
    const cold = await trainFovea(places.hymenoptera, flags, { cache, seed });
    return runsAgain ? { cold, warm: await trainFovea(places.hymenoptera, flags, { cache, seed }) } : { cold };
  } finally {
    removeFolder(cache);
  }
}

/** @template T @param {Runs<T> | undefined} outcome @returns {readonly T[]} */
function listOf(outcome) {
  return outcome && 'runs' in outcome ? outcome.runs : [];
}

/**
 * By how much the peer takes longer.
 *
 * @param {readonly FoveaRun[]} ours
 * @param {readonly PeerRun[]} peers
 * @returns {import('./measured.js').Measured}
 */
function compareSeconds(ours, peers) {
  const seconds = (/** @type {readonly { seconds: number }[]} */ runs) => median(runs.map((run) => run.seconds));
  const isEstimate = peers.some(({ workedOutFrom }) => workedOutFrom !== undefined);
  return {
    value: seconds(peers) / seconds(ours),
    runs: ours.map((run, round) => ({ ours: run, peer: peers[round] })),
    ours: quantity(seconds(ours), 's'),
    peer: `${isEstimate ? 'about ' : ''}${quantity(seconds(peers), 's')}`,
    ...(isEstimate ? { note: 'peer worked out from one or two epochs' } : {}),
  };
}
