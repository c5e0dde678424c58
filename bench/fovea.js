// @ts-check
/** Our own command line, as its user has it: a fresh process a run, this checkout's build. */
import { run, removeFolder, temporaryFolder } from './processes.js';
import { BACKBONE } from './places.js';

/**
 * @typedef {object} FoveaRun
 * @property {number} seconds     the whole process
 * @property {number} accuracy    on the validation split
 * @property {Record<string, number>} phases  seconds by phase, as the run itself reports them
 * @property {{ computed: number, reused: number } | undefined} activations
 * @property {number | null} peakBytes
 */

/** Bundles the command line. */
export async function buildFovea() {
  await run(process.execPath, ['scripts/build.js', '--main-only']);
}

/** @returns {Promise<string>} the engine that trains here, e.g. "TensorFlow 2.21.0 (CPU)" */
export async function nativeTitle() {
  const { stdout } = await run(process.execPath, ['dist/main/fovea.js', 'doctor', '--json']);
  return JSON.parse(stdout).backend.tail;
}

/**
 * A cache folder that holds no pictures, on a machine that Fovea has run on before: what it remembers of the machine itself (which
 * backends work) is found out once an installation, as the peers' packages are installed once.
 *
 * @returns {Promise<string>} to be removed with `removeFolder`
 */
export async function emptyCache() {
  const cache = temporaryFolder('cache');
  await run(process.execPath, ['dist/main/fovea.js', 'doctor', '--json'], { env: { FOVEA_CACHE: cache } });
  return cache;
}

/**
 * `fovea train` from start to end.
 *
 * @param {string} pictures
 * @param {readonly string[]} flags
 * @param {{ cache: string, seed: number, watchesMemory?: boolean }} options  `cache` is FOVEA_CACHE: where it is new, so is everything
 * @returns {Promise<FoveaRun>}
 */
export async function trainFovea(pictures, flags, { cache, seed, watchesMemory = false }) {
  const out = temporaryFolder('out');
  const common = ['--out', out, '--backbone', BACKBONE, '--formats', 'none', '--seed', String(seed), '--json'];
  const args = ['dist/main/fovea.js', 'train', pictures, ...common, ...flags];
  const { stdout, seconds, peakBytes } = await run(process.execPath, args, {
    env: { FOVEA_CACHE: cache },
    watchesMemory,
  });
  removeFolder(out);
  const report = JSON.parse(stdout);
  return {
    seconds,
    accuracy: report.accuracy.val,
    phases: report.seconds,
    activations: report.activations,
    peakBytes,
  };
}
