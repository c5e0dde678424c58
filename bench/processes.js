// @ts-check
/** Runs other programs and times them. Whatever still runs when the benchmark ends, or is interrupted, ends with it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { root } from '../scripts/run.js';
import { watchMemory } from './memory.js';

/** Of what a program writes on stderr, in which the reason of a failure is looked for. */
const KEEP = 20_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** @type {string | null} */
let temporaryRoot = null;
let folderCount = 0;

/**
 * A folder that is gone when the benchmark ends.
 *
 * @param {string} name
 */
export function temporaryFolder(name) {
  temporaryRoot ??= mkdtempSync(join(tmpdir(), 'fovea-bench-'));
  return join(temporaryRoot, `${name}-${++folderCount}`);
}

/** @param {string} folder  one that `temporaryFolder` named */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** Removes everything temporary, and ends what still writes there, however this process ends. */
export function cleanUpAtTheEnd() {
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
    if (temporaryRoot !== null) rmSync(temporaryRoot, { recursive: true, force: true, maxRetries: 10 });
  });
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

/** A process of the benchmark's that is ended with it. @param {import('node:child_process').ChildProcess} child */
export function endWithUs(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/**
 * @typedef {object} Finished
 * @property {string} stdout
 * @property {number} seconds      wall-clock, from the start of the process to its end
 * @property {number | null} peakBytes  memory of it and its children, where that was asked for
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Readonly<Record<string, string>>, watchesMemory?: boolean }} [options]
 * @returns {Promise<Finished>}
 * @throws Error with the program's last words if it fails
 */
export function run(command, args, { env = {}, watchesMemory = false } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithUs(child);
    const memory = watchesMemory && child.pid !== undefined ? watchMemory(child.pid) : null;
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr = `${stderr}${text}`.slice(-KEEP)));
    const name = [command, args[0] ?? ''].map((path) => basename(path)).join(' ');
    const fail = (/** @type {string} */ reason) => reject(new Error(`${name} ${reason}`));
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      const peakBytes = memory?.stop() ?? null;
      if (code !== 0) fail(`failed (${signal ?? code}): ${reasonIn(stderr)}`);
      else resolve({ stdout, seconds: (performance.now() - started) / 1000, peakBytes });
    });
  });
}

/** The last line that names an error, as Node and Python write it, else the last one. @param {string} stderr */
function reasonIn(stderr) {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /^\w*(error|exception)\b/i.test(line)) ?? lines.findLast((line) => line !== '') ?? '';
}

/**
 * Runs a program whose last line of output is one JSON value.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<unknown>}
 */
export async function runForJson(command, args) {
  const { stdout } = await run(command, args);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
