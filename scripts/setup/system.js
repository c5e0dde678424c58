// @ts-check
/** System packages, on the one kind of machine where asking for them needs nobody: root on Debian or Ubuntu. */
import { findProgram, lastWords, runCommand } from './command.js';

const LIMIT_MS = 15 * 60_000;
let listsAreFresh = false;

/**
 * @param {readonly string[]} packages
 * @param {import('./step.js').Context} context
 * @param {string} purpose  e.g. `the C++ compiler`
 * @returns {Promise<string | null>} null when they were installed, else why not, in words for the user
 */
export async function installSystemPackages(packages, context, purpose) {
  const byHand = `install ${packages.join(' and ')} (${purpose}) and run "npm run setup" again`;
  const apt = findProgram('apt-get');
  if (!context.system) return `--skip-system is set; ${byHand}`;
  if (process.platform !== 'linux' || apt === null) return byHand;
  if (process.getuid?.() !== 0) return `${byHand}: sudo apt-get install ${packages.join(' ')}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const activity = context.talk.begin(`Installing ${purpose} with apt-get`);
  try {
    // Another apt may be at work (an image's own first boot): wait for its lock instead of failing.
    const wait = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
    if (!listsAreFresh) {
      const updated = await runCommand(apt, [...wait, 'update'], { env, timeoutMs: LIMIT_MS });
      listsAreFresh = updated.code === 0; // a single bad mirror is no reason not to try
    }
    const args = [...wait, 'install', '-y', '--no-install-recommends', ...packages];
    const installed = await runCommand(apt, args, { env, timeoutMs: LIMIT_MS });
    return installed.code === 0 ? null : `apt-get could not: ${lastWords(installed)}; ${byHand}`;
  } finally {
    activity.end();
  }
}
