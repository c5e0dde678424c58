// @ts-check
/** A Python with the reference tools of test/interop, in a virtual environment in the cache. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { lastWords, runCommand } from './command.js';
import { hashText } from './hash.js';
import { withLock } from './lock.js';
import { cacheFolder } from './paths.js';
import { findPython, pythonVersion, requirePip, venvPython } from './python.js';
import { readStamp, writeStamp } from './stamp.js';
import { whyPipFailed } from './wheel.js';

const LIMIT_MS = 20 * 60_000;
const STAMP = '.set-up.json';

/**
 * The requirements are lock files with hashes; the newest packages left Python 3.10 behind.
 *
 * @param {string} root
 * @param {readonly [number, number]} version
 */
export function requirementsFile(root, [major, minor]) {
  const name = major === 3 && minor <= 10 ? 'requirements-3.10.txt' : 'requirements.txt';
  return path.join(root, 'test', 'interop', name);
}

/**
 * @param {string} root
 * @param {string} [cache]
 * @returns {Promise<string | null>} the Python of the tests, once set-up has brought it
 */
export async function findTestPython(root, cache = cacheFolder()) {
  for (const name of ['requirements.txt', 'requirements-3.10.txt']) {
    const { folder, key } = await place(cache, path.join(root, 'test', 'interop', name));
    const stamp = await readStamp(path.join(folder, STAMP), folder, { key });
    const python = path.join(folder, ...venvPython);
    if (stamp !== null && existsSync(python)) return python;
  }
  return null;
}

/** @param {string} cache @param {string} requirements */
async function place(cache, requirements) {
  const key = hashText(await readFile(requirements));
  return { key, folder: path.join(cache, `python-${key.slice(0, 12)}`) };
}

/** @type {import('./step.js').Step} */
export const testPython = {
  name: 'python',
  title: 'Python for tests',
  isForTests: true,
  async look({ root, cache }) {
    const python = await findTestPython(root, cache);
    if (python !== null) return { state: 'ready', summary: 'reference tools' };
    const note = 'no reference tools in Python: the tests that need them are left out';
    return { state: 'todo', inputs: `${findPython()}`, now: { state: 'missing', note } };
  },
  async bring(context) {
    const python = await requirePip(context);
    const version = await pythonVersion(python);
    if (version === null || version[1] < 10) throw new Error(`${python} is older than 3.10, which the references need`);
    const requirements = requirementsFile(context.root, version);
    const { folder, key } = await place(context.cache, requirements);
    const onWait = (/** @type {string} */ holder) => context.talk.say(`  Waiting for ${holder}, which brings them`);
    await withLock(path.join(context.cache, 'locks', path.basename(folder)), { onWait }, async () => {
      if ((await findTestPython(context.root, context.cache)) !== null) return;
      const activity = context.talk.begin('Installing reference tools for Python');
      try {
        await rm(folder, { recursive: true, force: true }); // an environment has its own path inside: it is made in place
        const made = await runCommand(python, ['-m', 'venv', folder], { timeoutMs: LIMIT_MS });
        if (made.code !== 0) throw new Error(`no virtual environment could be made: ${lastWords(made)}`);
        const args = ['-m', 'pip', 'install', '--require-hashes', '--only-binary=:all:', '-r', requirements];
        const manner = ['--progress-bar', 'off', '--no-input', '--disable-pip-version-check', '--retries', '2'];
        const own = path.join(folder, ...venvPython);
        const installed = await runCommand(own, [...args, ...manner], { timeoutMs: LIMIT_MS });
        if (installed.code !== 0) throw new Error(`pip could not install them: ${whyPipFailed(installed)}`);
        const tried = await runCommand(own, ['-c', 'import numpy, onnx, onnxruntime, PIL'], { timeoutMs: LIMIT_MS });
        if (tried.code !== 0) throw new Error(`they do not load: ${lastWords(tried)}`);
      } finally {
        activity.end();
      }
      await writeStamp(path.join(folder, STAMP), folder, { key, paths: ['pyvenv.cfg'] });
    });
    return { state: 'ready', summary: 'reference tools' };
  },
};
