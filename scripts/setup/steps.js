// @ts-check
/** Everything that set-up brings, in order, and the one function that brings it. */
import path from 'node:path';
import { appBuild } from './app-build.js';
import { backbones } from './backbones.js';
import { chromium } from './chromium.js';
import { electron } from './electron.js';
import { withLock } from './lock.js';
import { native } from './native.js';
import { packages } from './packages.js';
import { cacheFolder, notesFolder, root } from './paths.js';
import { lookAtAll, reasonOf, runSteps } from './step.js';
import { backendLine, closingTable, whyUnusable } from './summary.js';
import { createTalk } from './talk.js';
import { formatsPython, testPython } from './test-python.js';

const ALL = [packages, backbones, native, electron, chromium, testPython, formatsPython, appBuild];

/**
 * Brings what is missing. Says little where nothing is, and always on stderr.
 *
 * @param {import('./options.js').Options} options
 * @param {{ retry: boolean }} manner  `retry`: try again what failed within the last day
 * @returns {Promise<boolean>} whether Fovea can run; if not, what to do has been said
 */
export async function setUp({ skip, system, forTests, verify, backbones: ids }, { retry }) {
  const talk = createTalk();
  /** @type {import('./step.js').Context} */
  const context = {
    root,
    cache: cacheFolder(),
    notes: notesFolder(root),
    talk,
    system,
    forTests,
    verify,
    backbones: ids,
    retry,
  };
  const steps = ALL.filter((step) => forTests || !step.isForTests);
  const inPlace = await lookAtAll(steps, context, skip);
  let rows;
  try {
    rows = inPlace ?? (await bringMissing(steps, context, skip));
  } catch (error) {
    talk.say(`Set-up cannot work in ${root}: ${reasonOf(error)}`); // e.g. a checkout that may not be written
    return false;
  }
  if (inPlace === null) talk.say(`\n${closingTable(rows)}\n`);
  talk.say(backendLine(rows));
  const why = whyUnusable(rows, root);
  if (why !== null) talk.say(`\n${why}`);
  return why === null;
}

/**
 * @param {readonly import('./step.js').Step[]} steps
 * @param {import('./step.js').Context} context
 * @param {ReadonlySet<import('./options.js').StepName>} skip
 */
function bringMissing(steps, context, skip) {
  const { talk } = context;
  talk.say('Setting Fovea up. This can be stopped at any time; it goes on from there.');
  const onWait = (/** @type {string} */ holder) => talk.say(`  Waiting for ${holder}, which sets this checkout up`);
  return withLock(path.join(context.notes, 'lock'), { onWait }, () => runSteps(steps, context, skip));
}
