// @ts-check
/** Ours and the peers, on the same pictures and the same weights in one go, in turns. `--help` says how. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeConditions } from './conditions.js';
import { leftOut, toEntry } from './entries.js';
import { engineFigures } from './figures/engine.js';
import { gridFigure } from './figures/grid.js';
import { failure } from './figures/measured.js';
import { memoryFigure } from './figures/memory.js';
import { headFigures, upperFigures } from './figures/recipes.js';
import { tailFigures } from './figures/tail.js';
import { buildFovea } from './fovea.js';
import { readOptions, USAGE } from './options.js';
import { peersPython } from './peers.js';
import { requirePlaces } from './places.js';
import { cleanUpAtTheEnd } from './processes.js';
import { saveToReadme } from './readme.js';
import { toMarkdown } from './report.js';

/** @typedef {Partial<Record<FigureName, import('./entries.js').Entry>>} Entries */
/** @typedef {import('./options.js').FigureName} FigureName */

const GROUPS = [engineFigures, tailFigures, headFigures, upperFigures, gridFigure, memoryFigure];

const started = performance.now();
const say = (/** @type {string} */ line) => {
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  process.stderr.write(`${minutes.padStart(5)} min  ${line}\n`);
};

if (process.argv.includes('--help')) {
  process.stdout.write(USAGE);
} else {
  try {
    const options = readOptions(process.argv.slice(2));
    cleanUpAtTheEnd();
    const entries = options.from === null ? await measure(options) : JSON.parse(readFileSync(options.from, 'utf8'));
    process.stdout.write(`\n${toMarkdown(entries)}`);
    if (options.saves) await saveToReadme(entries);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** @param {import('./options.js').Options} options @returns {Promise<Entries>} */
async function measure(options) {
  requirePlaces();
  await buildFovea();
  const python = await openPeers();
  const conditions = await describeConditions(python, options);
  /** @type {Entries} */
  const entries = {};
  for (const group of GROUPS) {
    const wanted = group.names.filter((name) => options.only.includes(name));
    const isTooSlow = options.isQuick && group === memoryFigure;
    const outcomes =
      wanted.length === 0 || isTooSlow ? {} : await measureGroup(group, wanted, { ...options, python, say });
    for (const name of wanted) {
      entries[name] = isTooSlow
        ? leftOut(name, 'left out of a quick run: 20,000 pictures take minutes', conditions)
        : toEntry(name, outcomes[name] ?? { failed: 'it was not run' }, conditions);
    }
    if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(entries, null, 2)}\n`); // now: an interrupted run keeps what it has
  }
  return entries;
}

/** The peers' Python; without one, each figure that needs it fails and says why. @returns {Promise<() => string>} */
async function openPeers() {
  try {
    const python = await peersPython(say);
    return () => python;
  } catch (error) {
    say(`No peers: ${failure(error).failed}`);
    return () => {
      throw error;
    };
  }
}

/**
 * @param {import('./figures/measured.js').Group} group
 * @param {readonly FigureName[]} wanted
 * @param {import('./figures/measured.js').Context} context
 * @returns {Promise<Partial<Record<FigureName, import('./figures/measured.js').Outcome>>>}
 */
async function measureGroup(group, wanted, context) {
  try {
    return await group.measure(context, new Set(wanted));
  } catch (error) {
    const failed = failure(error);
    say(`${wanted.join(', ')}: ${failed.failed}`);
    return Object.fromEntries(wanted.map((name) => [name, failed]));
  }
}
