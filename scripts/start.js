// @ts-check
/**
 * `npm start`: sets up what is missing, then opens the app; `npm start -- train …` runs the `fovea` command instead.
 *
 * stdout is the command's alone (`--json`): whatever this file and set-up say goes to stderr.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findElectron, hasDisplay } from './setup/electron.js';
import { readOptions } from './setup/options.js';
import { root } from './setup/paths.js';
import { setUp } from './setup/steps.js';

/** A window that ends with a failure this soon never opened. */
const OPENED_AFTER_MS = 10_000;

/** @param {string} text */
const say = (text) => void process.stderr.write(`${text}\n`);

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code, as a shell counts it
 */
function runHere(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    // Ctrl-C reaches the child by itself; this process must only outlive it. Other signals are passed on.
    const handlers = signals.map((signal) => () => void (signal !== 'SIGINT' && child.kill(signal)));
    signals.forEach((signal, index) => process.on(signal, /** @type {() => void} */ (handlers[index])));
    child.once('error', (error) => {
      say(`${path.basename(program)} could not be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** @param {readonly string[]} args */
async function runFovea(args) {
  const program = path.join(root, 'dist', 'main', 'fovea.js');
  if (existsSync(program)) return runHere(process.execPath, [program, ...args]);
  say('The app is not built: run "npm run build", or leave build out of FOVEA_SKIP.');
  return 1;
}

async function openApp() {
  const electron = findElectron(root);
  if (electron !== null && hasDisplay()) {
    const startedAt = Date.now();
    // Chromium's sandbox refuses to run for root.
    const code = await runHere(electron, process.getuid?.() === 0 ? ['--no-sandbox', root] : [root]);
    if (code === 0 || Date.now() - startedAt > OPENED_AFTER_MS) return code;
    say('Electron could not open its window, so Fovea opens in the browser.');
  } else if (hasDisplay()) {
    say("Electron's binary is not installed, so Fovea opens in the browser.");
  }
  return runFovea(hasDisplay() ? ['serve', '--open'] : ['serve']);
}

const args = process.argv.slice(2);
const options = readOptions([]);
if (options) {
  const isReady = await setUp(options, { retry: false });
  if (!isReady) process.exitCode = 1;
  else process.exitCode = args.length > 0 ? await runFovea(args) : await openApp();
}
