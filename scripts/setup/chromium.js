// @ts-check
/** A Chromium for the end-to-end tests. */
import { findProgram, lastWords, runCommand } from './command.js';
import { installSystemPackages } from './system.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | null} full path of a Chromium, or null
 */
export function findChromium(env = process.env) {
  if (env['FOVEA_CHROMIUM']) return findProgram(env['FOVEA_CHROMIUM'], env);
  for (const name of [...NAMES, ...PLACES]) {
    const found = findProgram(name, env);
    if (found !== null) return found;
  }
  return null;
}

/** @type {import('./step.js').Step} */
export const chromium = {
  name: 'chromium',
  title: 'Browser for tests',
  isForTests: true,
  async look() {
    const found = findChromium();
    if (found !== null) return { state: 'ready', summary: found };
    const given = process.env['FOVEA_CHROMIUM'];
    if (given) return { state: 'missing', note: `FOVEA_CHROMIUM is ${given}, which is no program` };
    const note = 'no Chromium or Chrome was found: the end-to-end tests are left out';
    return { state: 'todo', inputs: `${process.getuid?.() ?? ''}`, now: { state: 'missing', note } };
  },
  async bring(context) {
    const why = await installSystemPackages(['chromium'], context, 'Chromium');
    if (why !== null) throw new Error(`no Chromium or Chrome was found; ${why}`);
    const found = findChromium();
    if (found === null) throw new Error('the package chromium was installed but brought no program');
    // Ubuntu's package of that name is a stub that asks for snap.
    const answer = await runCommand(found, ['--version'], { timeoutMs: 60_000 });
    if (answer.code !== 0) throw new Error(`${found} does not start: ${lastWords(answer)}`);
    return { state: 'ready', summary: found };
  },
};
