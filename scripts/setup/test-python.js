// @ts-check
/** Pythons with the references of test/interop, in virtual environments in the cache. */
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
 * @typedef {object} Environment
 * @property {'python' | 'formats'} name   of the step
 * @property {string} summary
 * @property {number} minPython            3.x
 * @property {(minor: number) => string} lockFile  of test/interop, with hashes
 * @property {readonly string[]} lockFiles  all that there are
 * @property {string} imports              that show that it works
 */

/** @type {Environment} The newest packages left Python 3.10 behind. */
const ONNX = {
  name: 'python',
  summary: 'ONNX references',
  minPython: 10,
  lockFile: (minor) => (minor <= 10 ? 'requirements-3.10.txt' : 'requirements.txt'),
  lockFiles: ['requirements.txt', 'requirements-3.10.txt'],
  imports: 'numpy, onnx, onnxruntime, PIL',
};

/** @type {Environment} Apart, since it takes 2 GB. */
const FORMATS = {
  name: 'formats',
  summary: 'references of export formats',
  minPython: 11,
  lockFile: () => 'requirements-formats.txt',
  lockFiles: ['requirements-formats.txt'],
  imports: 'ai_edge_litert, coremltools, keras, mediapipe, tensorflow, tf_keras',
};

/**
 * @param {string} root
 * @param {string} [cache]
 * @param {Environment['name']} [name]
 * @returns {Promise<string | null>} the Python of the tests, once set-up has brought it
 */
export async function findTestPython(root, cache = cacheFolder(), name = 'python') {
  for (const lockFile of (name === 'python' ? ONNX : FORMATS).lockFiles) {
    const { folder, key } = await place(cache, lockPath(root, lockFile));
    const stamp = await readStamp(path.join(folder, STAMP), folder, { key });
    const python = path.join(folder, ...venvPython);
    if (stamp !== null && existsSync(python)) return python;
  }
  return null;
}

/** @param {string} root @param {string} lockFile */
function lockPath(root, lockFile) {
  return path.join(root, 'test', 'interop', lockFile);
}

/** @param {string} cache @param {string} requirements */
async function place(cache, requirements) {
  const key = hashText(await readFile(requirements));
  return { key, folder: path.join(cache, `python-${key.slice(0, 12)}`) };
}

export const testPython = stepOf(ONNX, 'Python for tests');
export const formatsPython = stepOf(FORMATS, 'Python for formats');

/** @param {Environment} environment @param {string} title @returns {import('./step.js').Step} */
function stepOf({ name, summary, minPython, lockFile, imports }, title) {
  return {
    name,
    title,
    isForTests: true,
    async look({ root, cache }) {
      const python = await findTestPython(root, cache, name);
      if (python !== null) return { state: 'ready', summary };
      const note = `no ${summary} in Python: the tests that need them are left out`;
      return { state: 'todo', inputs: `${findPython()}`, now: { state: 'missing', note } };
    },
    async bring(context) {
      const python = await requirePip(context);
      const version = await pythonVersion(python);
      if (version === null || version[1] < minPython)
        throw new Error(`${python} is older than 3.${minPython}, which the references need`);
      const requirements = lockPath(context.root, lockFile(version[1]));
      const { folder, key } = await place(context.cache, requirements);
      const onWait = (/** @type {string} */ holder) => context.talk.say(`  Waiting for ${holder}, which brings them`);
      await withLock(path.join(context.cache, 'locks', path.basename(folder)), { onWait }, async () => {
        if ((await findTestPython(context.root, context.cache, name)) !== null) return;
        const activity = context.talk.begin(`Installing ${summary} for Python`);
        try {
          await rm(folder, { recursive: true, force: true }); // an environment has its own path inside: it is made in place
          const made = await runCommand(python, ['-m', 'venv', folder], { timeoutMs: LIMIT_MS });
          if (made.code !== 0) throw new Error(`no virtual environment could be made: ${lastWords(made)}`);
          const args = [
            '-m',
            'pip',
            'install',
            '--no-deps',
            '--require-hashes',
            '--only-binary=:all:',
            '-r',
            requirements,
          ];
          const manner = ['--progress-bar', 'off', '--no-input', '--disable-pip-version-check', '--retries', '2'];
          const own = path.join(folder, ...venvPython);
          const installed = await runCommand(own, [...args, ...manner], { timeoutMs: LIMIT_MS });
          if (installed.code !== 0) throw new Error(`pip could not install them: ${whyPipFailed(installed)}`);
          const tried = await runCommand(own, ['-c', `import ${imports}`], { timeoutMs: LIMIT_MS });
          if (tried.code !== 0) throw new Error(`they do not load: ${lastWords(tried)}`);
        } finally {
          activity.end();
        }
        await writeStamp(path.join(folder, STAMP), folder, { key, paths: ['pyvenv.cfg'] });
      });
      return { state: 'ready', summary };
    },
  };
}
