// @ts-check
/** Electron's binary. Its package brings it at the first `require('electron')`, so it is looked for by files only. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isProgram, lastWords, runCommand } from './command.js';

const LIMIT_MS = 15 * 60_000;

/** @param {string} root */
const packageFolder = (root) => path.join(root, 'node_modules', 'electron');

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | null} full path of an Electron that can be started, or null
 */
export function findElectron(root, env = process.env) {
  const folder = packageFolder(root);
  const pathFile = path.join(folder, 'path.txt'); // written last by Electron's installer
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : override ? 'electron' : null;
  if (name === null) return null;
  const program = path.join(override ?? path.join(folder, 'dist'), name);
  return isProgram(program) ? program : null;
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 */
export function hasDisplay(env = process.env, platform = process.platform) {
  return platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/** @type {import('./step.js').Step} */
export const electron = {
  name: 'electron',
  title: 'Desktop window',
  async look({ root }) {
    if (findElectron(root) !== null) return { state: 'ready', summary: 'Electron' };
    if (!hasDisplay()) return { state: 'missing', note: 'this machine has no display; Fovea serves its page instead' };
    const note = "Electron's binary is not installed; Fovea opens in the browser";
    return { state: 'todo', inputs: '', now: { state: 'missing', note } };
  },
  async bring(context) {
    const activity = context.talk.begin("Downloading Electron's binary");
    try {
      // It checks the SHA-256 that its package (pinned in package-lock) lists.
      const script = path.join(packageFolder(context.root), 'install.js');
      const ended = await runCommand(process.execPath, [script], { timeoutMs: LIMIT_MS });
      if (findElectron(context.root) !== null) return { state: 'ready', summary: 'Electron' };
      const why = ended.code === 0 ? 'its installer left none' : lastWords(ended);
      throw new Error(`Electron's binary could not be had (${why}); Fovea opens in the browser`);
    } finally {
      activity.end();
    }
  },
};
