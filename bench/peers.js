// @ts-check
/** The peers' published recipes, each from start to end in a process of its own. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/run.js';
import { findPython, venvPython } from '../scripts/setup/python.js';
import { places } from './places.js';
import { run } from './processes.js';

/** @typedef {'keras' | 'pytorch'} Peer */

/**
 * @typedef {object} Stage
 * @property {string} stage          head or fine-tune
 * @property {number} seconds
 * @property {readonly number[]} val   validation accuracy after each epoch
 */

/**
 * @typedef {object} PeerRun
 * @property {number} seconds        the whole process
 * @property {readonly Stage[]} stages
 * @property {Short} [workedOutFrom]  what was run instead of all epochs
 */

const RECIPES = { keras: 'keras_transfer.py', pytorch: 'torch_transfer.py' };

/** What the figures were measured with; the newest at the time. Linux' plain `tensorflow` would bring CUDA. */
const PACKAGES = [
  `${process.platform === 'linux' ? 'tensorflow-cpu' : 'tensorflow'}==2.21.0`,
  'keras==3.15.1',
  'torch==2.15.0',
  'torchvision==0.29.2',
  'pillow',
];

/**
 * A Python that has both peers; makes a virtual environment the first time.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<string>}
 */
export async function peersPython(say) {
  const given = process.env['FOVEA_BENCH_PYTHON'];
  if (given) return given;
  const venv = join(root, 'bench', '.venv');
  const python = join(venv, ...venvPython);
  const complete = join(venv, 'complete');
  if (existsSync(complete)) return python;
  say('Making the peers’ virtual environment (once; several gigabytes)');
  const system = findPython();
  if (system === null) throw new Error('The peers need a Python 3; set FOVEA_BENCH_PYTHON to one that has them.');
  rmSync(venv, { recursive: true, force: true });
  await run(system, ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '-q', ...PACKAGES]);
  writeFileSync(complete, '');
  return python;
}

/**
 * @param {string} python
 * @returns {Promise<Record<string, string>>} versions of TensorFlow, Keras and PyTorch
 */
export async function peerVersions(python) {
  const program = [
    'import importlib.metadata as m, json',
    'names = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in m.distributions()}',
    'tf = names.get("tensorflow-cpu") or names.get("tensorflow")',
    'print(json.dumps({"TensorFlow": tf, "Keras": names.get("keras"), "PyTorch": names.get("torch")}))',
  ];
  const { stdout } = await run(python, ['-c', program.join('\n')]);
  return JSON.parse(stdout);
}

/**
 * @param {string} python
 * @param {Peer} peer
 * @param {{ head: number, tune: number }} epochs
 * @returns {Promise<PeerRun>}
 */
export async function runRecipe(python, peer, epochs) {
  const { stdout, seconds } = await run(python, recipe(peer, epochs));
  return { seconds, stages: jsonLines(stdout) };
}

/** @typedef {{ readonly seconds: number, readonly epochs: number, readonly epochSeconds: number }} Short */

/** By peer and round: several figures want them. @type {Map<string, Promise<Short>>} */
const shortRuns = new Map();

/**
 * A recipe's head for an epoch or two, and how long one more takes. Of Keras it is the second: the first of a process
 * compiles. PyTorch compiles nothing.
 *
 * @param {string} python
 * @param {Peer} peer
 * @param {number} round   in which a run of its own is due
 */
export function runShort(python, peer, round) {
  const key = `${peer} ${round}`;
  const started = shortRuns.get(key) ?? measureShort(python, peer);
  shortRuns.set(key, started);
  return started;
}

/** @param {string} python @param {Peer} peer @returns {Promise<Short>} */
async function measureShort(python, peer) {
  const epochs = peer === 'keras' ? 2 : 1;
  const args = recipe(peer, { head: epochs, tune: 0 });
  const { stdout, seconds } = await run(python, peer === 'keras' ? ['bench/keras_epochs.py', ...args] : args);
  const lines = jsonLines(stdout);
  const times = peer === 'keras' ? lines.flatMap((line) => line.epochSeconds ?? []) : lines.map((line) => line.seconds);
  const epochSeconds = times[epochs - 1];
  if (!(epochSeconds > 0)) throw new Error(`${peer} did not say how long its epochs took: ${stdout}`);
  return { seconds, epochs, epochSeconds };
}

/**
 * What a whole recipe would take, worked out from its short run. An epoch of fine-tuning counts as one of the head, which is
 * less than it takes: the estimate leans to the peer's side.
 *
 * @param {string} python
 * @param {Peer} peer
 * @param {{ head: number, tune: number }} epochs
 * @param {number} round
 * @returns {Promise<PeerRun>}
 */
export async function estimateRecipe(python, peer, { head, tune }, round) {
  const short = await runShort(python, peer, round);
  const seconds = short.seconds + (head + tune - short.epochs) * short.epochSeconds;
  return { seconds, stages: [], workedOutFrom: short };
}

/** @param {Peer} peer @param {{ head: number, tune: number }} epochs @returns {string[]} script and its arguments */
function recipe(peer, { head, tune }) {
  const { hymenoptera, recipes, weights } = places;
  const folders = [weights, join(hymenoptera, 'train'), join(hymenoptera, 'val')];
  return [join(recipes, RECIPES[peer]), ...folders, String(head), String(tune)];
}

/** @param {string} text @returns {any[]} any: what the recipes print, which their headers say */
function jsonLines(text) {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
