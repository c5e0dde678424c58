// @ts-check
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/**
 * Runs a program with its output passed through.
 *
 * @param {string} command  a program on the PATH, or one of node_modules/.bin
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function run(command, args) {
  const PATH = `${join(root, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env['PATH']}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH },
      shell: process.platform === 'win32',
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/**
 * Runs named steps in order, all of them, and prints which failed and how long each took.
 *
 * @param {readonly (readonly [title: string, command: string, ...args: string[]])[]} steps
 * @returns {Promise<boolean>} whether all passed
 */
export async function runSteps(steps) {
  const rows = [];
  for (const [title, command, ...args] of steps) {
    process.stdout.write(`\n— ${title}\n`);
    const started = performance.now();
    const code = await run(command, args);
    rows.push({ title, seconds: (performance.now() - started) / 1000, ok: code === 0 });
  }
  process.stdout.write('\n');
  for (const { title, seconds, ok } of rows) {
    process.stdout.write(`${ok ? '✓' : '✗'} ${title.padEnd(28)} ${seconds.toFixed(1)} s\n`);
  }
  return rows.every(({ ok }) => ok);
}
