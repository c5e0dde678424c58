// @ts-check
/** Bundles the app, when a source has changed since it was last bundled. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { lastWords, runCommand } from './command.js';
import { hashText } from './hash.js';
import { readJson, writeJson } from './stamp.js';

const SOURCES = ['src-main', 'src-renderer', 'scripts/build.js', 'package-lock.json', 'tsconfig.base.json'];
/** Made by the build itself. */
const MADE = /^paraglide([\\/]|$)/;
const RESULTS = [
  'dist/main/fovea.js',
  'dist/main/compute.js',
  'dist/main/media.js',
  'dist/main/predictor.js',
  'dist/renderer/index.html',
];
const LIMIT_MS = 10 * 60_000;

/** @type {import('./step.js').Step} */
export const appBuild = {
  name: 'build',
  title: 'App',
  isNeeded: true,
  async look({ root, notes }) {
    const built = /** @type {{ sources?: string } | null} */ (await readJson(noteFile(notes)));
    const lacks = RESULTS.find((result) => !existsSync(path.join(root, result)));
    const inputs = await sourcesOf(root); // a build that failed is tried again once a source has changed
    if (lacks === undefined && built?.sources === inputs) return { state: 'ready', summary: 'built' };
    if (lacks === undefined) {
      return {
        state: 'todo',
        inputs,
        now: { state: 'ready', summary: 'built', note: 'its sources have changed since' },
      };
    }
    return { state: 'todo', inputs, now: { state: 'missing', note: 'not built' } };
  },
  async bring(context) {
    const script = path.join(context.root, 'scripts', 'build.js');
    if (!existsSync(path.join(context.root, 'node_modules', 'esbuild')))
      throw new Error('the npm packages are missing');
    await rm(noteFile(context.notes), { force: true }); // a build that is cut short is no build
    const sources = await sourcesOf(context.root); // before: what changes meanwhile is built next time
    const activity = context.talk.begin('Building the app');
    try {
      const ended = await runCommand(process.execPath, [script], { cwd: context.root, timeoutMs: LIMIT_MS });
      if (ended.code !== 0) throw new Error(`the build failed: ${lastWords(ended)} ("npm run build" shows it all)`);
    } finally {
      activity.end();
    }
    await writeJson(noteFile(context.notes), { sources });
    return { state: 'ready', summary: 'built' };
  },
};

/** @param {string} notes */
const noteFile = (notes) => path.join(notes, 'built.json');

/**
 * Changes whenever a source is edited, added or removed: a hash of names, sizes and times.
 *
 * @param {string} root
 */
async function sourcesOf(root) {
  const lines = await Promise.all(
    SOURCES.map(async (source) => {
      const full = path.join(root, source);
      const found = await stat(full).catch(() => null);
      if (!found?.isDirectory()) return [`${source} ${found?.size} ${found?.mtimeMs}`];
      const names = (await readdir(full, { recursive: true })).filter((name) => !MADE.test(name)).sort();
      return Promise.all(
        names.map(async (name) => {
          const entry = await stat(path.join(full, name)).catch(() => null);
          return entry?.isFile() ? `${source}/${name} ${entry.size} ${entry.mtimeMs}` : '';
        }),
      );
    }),
  );
  return hashText(lines.flat().join('\n'));
}
