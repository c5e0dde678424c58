// @ts-check
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** @typedef {readonly [title: string, command: string, ...args: string[]]} Step */

/**
 * Runs a program of the PATH or of node_modules/.bin.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {boolean} [isQuiet]  keeps the output back, to be returned
 * @returns {Promise<{ code: number, output: string }>}
 */
function start(command, args, isQuiet = false) {
  const PATH = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      env: { ...process.env, PATH },
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs a program with its output passed through.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function run(command, args) {
  return (await start(command, args)).code;
}

/**
 * Runs every step, also after one has failed, and prints which failed and how long each took.
 *
 * @param {readonly Step[]} together  run side by side, one a core; each speaks when it has ended
 * @param {readonly Step[]} alone     run one after another, with their output passed through
 * @returns {Promise<boolean>} whether all passed
 */
export async function runSteps(together, alone) {
  /** @type {{ title: string, seconds: number, ok: boolean }[]} */
  const rows = [];
  const timed = async (/** @type {Step} */ [title, command, ...args], /** @type {boolean} */ isQuiet) => {
    const started = performance.now();
    if (!isQuiet) process.stdout.write(`\n— ${title}\n`);
    const { code, output } = await start(command, args, isQuiet);
    if (isQuiet) process.stdout.write(`— ${title}\n${output}`);
    rows.push({ title, seconds: (performance.now() - started) / 1000, ok: code === 0 });
  };
  const waiting = [...together];
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) await timed(step, true);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  for (const step of alone) await timed(step, false);
  process.stdout.write('\n');
  for (const { title, seconds, ok } of rows) {
    process.stdout.write(`${ok ? '✓' : '✗'} ${title.padEnd(28)} ${seconds.toFixed(1)} s\n`);
  }
  return rows.every(({ ok }) => ok);
}
