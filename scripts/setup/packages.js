// @ts-check
/** npm packages: `npm ci`, unless node_modules is already of this package-lock. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram, lastWords, runCommand } from './command.js';
import { readJson } from './stamp.js';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {boolean} [link]
 */
/** @typedef {{ packages: Record<string, LockedPackage> }} Lockfile */

/** @type {import('./step.js').Step} */
export const packages = {
  name: 'packages',
  title: 'Packages',
  isNeeded: true,
  async look({ root, notes }) {
    const wanted = /** @type {Lockfile | null} */ (await readJson(path.join(root, 'package-lock.json')));
    const there = /** @type {Lockfile | null} */ (
      await readJson(path.join(root, 'node_modules', '.package-lock.json'))
    );
    const why = existsSync(markFile(notes))
      ? 'the last npm ci was cut short'
      : whyNotInstalled(wanted, there, (folder) => existsSync(path.join(root, folder, 'package.json')));
    if (why !== null) return { state: 'todo', inputs: why, now: { state: 'missing', note: why } };
    return { state: 'ready', summary: `${Object.keys(there?.packages ?? {}).length} npm packages` };
  },
  async bring(context) {
    // npm empties node_modules first and in no order: until it has ended well, nothing there is to be trusted.
    await mkdir(context.notes, { recursive: true });
    await writeFile(markFile(context.notes), '');
    const activity = context.talk.begin('Installing npm packages');
    try {
      const ended = await installLocked(context.root);
      if (ended.code !== 0) throw new Error(`npm could not install them: ${lastWords(ended)}`);
    } finally {
      activity.end();
    }
    await rm(markFile(context.notes), { force: true });
    const finding = await this.look(context);
    if (finding.state === 'todo') throw new Error(`npm ended well, but ${finding.inputs}`);
    return finding;
  },
};

/**
 * `npm ci`. Newer npms (11.19) refuse a package-lock that does not name the optional packages of every other system, which
 * one written behind a mirror that lacks some cannot; `npm install` takes the same locked versions and hashes without that.
 *
 * @param {string} root
 */
async function installLocked(root) {
  const [program, ...args] = npmCommand();
  const manner = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  const clean = await runCommand(program, [...args, 'ci', ...manner], { cwd: root });
  if (clean.code === 0 || !/EUSAGE[^]*in sync/.test(clean.stderr)) return clean;
  await rm(path.join(root, 'node_modules'), { recursive: true, force: true }); // it would trust what it finds there
  return runCommand(program, [...args, 'install', '--no-save', ...manner], { cwd: root });
}

/** @param {string} notes */
const markFile = (notes) => path.join(notes, 'npm-ci-at-work');

/**
 * Compares what npm says it installed (its hidden lockfile) with what package-lock.json wants. Optional packages of other
 * systems are never installed; one of this system that npm could not have is npm's to judge.
 *
 * @param {Lockfile | null} wanted
 * @param {Lockfile | null} there
 * @param {(folder: string) => boolean} exists
 * @returns {string | null} null where they agree
 */
export function whyNotInstalled(wanted, there, exists) {
  if (wanted === null) return 'package-lock.json is missing';
  if (there === null) return 'no packages are installed';
  for (const [folder, locked] of Object.entries(wanted.packages)) {
    if (folder === '' || locked.link) continue;
    const installed = there.packages[folder];
    const isOptional = locked.optional || locked.devOptional;
    if (installed === undefined && isOptional) continue;
    if (installed?.version !== locked.version || installed?.integrity !== locked.integrity) {
      return `${folder} is not of this package-lock`;
    }
    if (!exists(folder)) return `${folder} is missing`;
  }
  const extra = Object.keys(there.packages).find((folder) => wanted.packages[folder] === undefined);
  return extra === undefined ? null : `${extra} is not in this package-lock`;
}

/**
 * npm as a program and its first arguments: the npm that runs us, else the one on PATH.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {[program: string, ...args: string[]]}
 */
export function npmCommand(env = process.env) {
  const script = env['npm_execpath'];
  if (script && /npm-cli\.c?js$/.test(script)) return [process.execPath, script];
  const npm = findProgram('npm', env);
  if (npm === null) throw new Error('npm was not found: install Node.js with npm');
  return [npm];
}
