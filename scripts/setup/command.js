// @ts-check
/** Running other programs: found on PATH, tethered to this process, their last words kept. */
import { fork } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Ended
 * @property {number | null} code   null where a signal ended it, or where it could not be started
 * @property {string} stdout
 * @property {string} stderr        the last 20,000 characters
 */

const KEEP = 20_000;

/**
 * Runs a program to its end. It ends with this process, however that dies: an `npm ci` that outlived a killed set-up would
 * fight with the next one over node_modules.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<Ended>}  never rejects
 */
export function runCommand(program, args, { cwd = process.cwd(), env = process.env, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const child = fork(path.join(import.meta.dirname, 'tether.js'), [program, ...args], {
      cwd,
      env,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let stdout = '';
    let stderr = '';
    let isOverdue = false;
    child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-KEEP)));
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            isOverdue = true;
            child.send('end'); // not disconnect(): Node then never emits 'close'
          }, timeoutMs)
        : null;
    child.once('error', (error) => resolve({ code: null, stdout, stderr: `${stderr}\n${error.message}` }));
    child.once('close', (code) => {
      if (timer) clearTimeout(timer);
      if (isOverdue) stderr += `\nended after ${timeoutMs / 1000} s without an answer`;
      resolve({ code: isOverdue ? null : code, stdout, stderr });
    });
  });
}

/**
 * The part of a failed command's words that says why: its first line that names an error, else its last one.
 *
 * @param {Ended} ended
 */
export function lastWords({ code, stderr, stdout }) {
  if (/no space left|ENOSPC/i.test(stderr)) return 'the disk is full';
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const isNoise = /^(\[notice\]|npm (warn|notice)|WARNING:|npm error (A complete log|code|$))/i;
  const telling = lines.filter((line) => line !== '' && !isNoise.test(line));
  const names = /error|fatal|cannot|could not|denied|no space|unable/i;
  const line = telling.find((text) => names.test(text)) ?? telling.at(-1);
  return (line ?? (code === null ? 'it was ended' : `exit code ${code}`)).slice(0, 300);
}

/**
 * The full path of a program, or null.
 *
 * @param {string} name  a name to look for on PATH, or a path
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | null}
 */
export function findProgram(name, env = process.env) {
  const folders = name.includes('/') || name.includes('\\') ? [''] : (env['PATH'] ?? '').split(path.delimiter);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      if (isProgram(file)) return path.resolve(file);
    }
  }
  return null;
}

/** @param {string} file */
export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
