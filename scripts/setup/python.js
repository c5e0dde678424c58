// @ts-check
/** Finds a Python with pip. */
import path from 'node:path';
import { findProgram, runCommand } from './command.js';
import { installSystemPackages } from './system.js';

/** The oldest Python whose pip knows the wheels' platform tags. */
const MIN_PYTHON = 8;

/**
 * @returns {string | null} full path of a Python 3, or null
 * @param {NodeJS.ProcessEnv} [env]
 */
export function findPython(env = process.env) {
  if (env['FOVEA_PYTHON']) return findProgram(env['FOVEA_PYTHON'], env);
  return findProgram('python3', env) ?? findProgram('python', env);
}

/**
 * @param {string} python
 * @returns {Promise<readonly [major: number, minor: number] | null>}
 */
export async function pythonVersion(python) {
  const asked = await runCommand(python, ['-c', 'import sys; print(*sys.version_info[:2])'], { timeoutMs: 30_000 });
  const [major, minor] = asked.stdout.trim().split(' ').map(Number);
  return asked.code === 0 && major !== undefined && minor !== undefined ? [major, minor] : null;
}

/**
 * A Python 3 that has pip: the machine's own, else a virtual environment in the cache, else (as root on Debian) from apt.
 *
 * @param {import('./step.js').Context} context
 * @returns {Promise<string>} its path
 * @throws Error that says what is missing
 */
export async function requirePip(context) {
  const given = process.env['FOVEA_PYTHON'];
  if (given && findPython() === null) throw new Error(`FOVEA_PYTHON is ${given}, which is no program`);
  const fromCache = path.join(context.cache, 'pip', ...venvPython);
  let reason = await tryPip(findPython());
  if (reason === null) return /** @type {string} */ (findPython());
  if ((await tryPip(findProgram(fromCache))) === null) return fromCache;
  const python = findPython();
  if (python !== null) {
    await runCommand(python, ['-m', 'venv', '--clear', path.join(context.cache, 'pip')], { timeoutMs: 120_000 });
    if ((await tryPip(findProgram(fromCache))) === null) return fromCache;
  }
  const why = await installSystemPackages(['python3', 'python3-pip'], context, 'Python 3 with pip');
  if (why !== null) throw new Error(`${reason}: ${why}`);
  reason = await tryPip(findPython());
  if (reason !== null) throw new Error(reason);
  return /** @type {string} */ (findPython());
}

/** Where a virtual environment keeps its Python. */
export const venvPython = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python3'];

/**
 * @param {string | null} python
 * @returns {Promise<string | null>} null where it has pip, else what is missing
 */
async function tryPip(python) {
  if (python === null) return 'no Python 3 was found';
  const version = await pythonVersion(python);
  if (version === null || version[0] !== 3 || version[1] < MIN_PYTHON) {
    return `${python} is no Python 3.${MIN_PYTHON} or newer`;
  }
  const asked = await runCommand(python, ['-m', 'pip', '--version'], { timeoutMs: 60_000 });
  return asked.code === 0 ? null : `${python} has no pip`;
}
