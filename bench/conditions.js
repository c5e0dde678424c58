// @ts-check
/** What a run was measured with. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/run.js';
import { nativeTitle } from './fovea.js';
import { peerVersions } from './peers.js';

/**
 * @param {() => string} python
 * @param {import('./options.js').Options} options
 * @returns {Promise<import('./entries.js').Conditions>}
 */
export async function describeConditions(python, { repeats, isQuick }) {
  const peers = await versionsOf(python);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}`,
    versions: {
      Node: process.versions.node,
      'onnxruntime-node': packageVersion('onnxruntime-node'),
      sharp: packageVersion('sharp'),
      tfjs: packageVersion('@tensorflow/tfjs'),
      'our tail': await nativeTitle(),
      ...peers,
    },
    repeats,
    isQuick,
  };
}

/** @param {string} name @returns {string} */
function packageVersion(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** @param {() => string} python @returns {Promise<Record<string, string>>} */
async function versionsOf(python) {
  try {
    return await peerVersions(python());
  } catch {
    return { peers: 'none' }; // each of their figures says why
  }
}
