// @ts-check
/**
 * One set-up at a time, across processes.
 *
 * The lock is a folder (making one is atomic everywhere) whose holder touches it every second. A holder that was killed
 * stops touching: its lock is taken over after a few seconds, sooner where its process is known to be gone.
 */
import { rmSync } from 'node:fs';
import { mkdir, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readJson, writeJson } from './stamp.js';

const TOUCH_EVERY_MS = 1_000;
/** Silence after which a holder whose process is gone has lost its lock. Longer than a touch may be late. */
const GONE_AFTER_MS = 4_000;
/** Silence after which any holder has: one on another machine, or whose process number was given away. */
const SILENT_AFTER_MS = 60_000;

/**
 * Waits for the lock, does the work, and gives it back.
 *
 * @template T
 * @param {string} folder  the lock itself
 * @param {{ onWait?: (holder: string) => void }} options  `onWait` is called once, if another process holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, { onWait }, work) {
  await mkdir(path.dirname(folder), { recursive: true });
  let hasSaid = false;
  while (!(await take(folder))) {
    if (await isStale(folder)) {
      await breakLock(folder);
      continue;
    }
    if (!hasSaid) {
      const owner = await readOwner(folder);
      onWait?.(owner === null ? 'another process' : `process ${owner.pid}`);
      hasSaid = true;
    }
    await delay(250);
  }
  const touching = setInterval(() => void utimes(folder, new Date(), new Date()).catch(() => {}), TOUCH_EVERY_MS);
  touching.unref();
  const giveBack = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', giveBack); // also where the work calls process.exit
  try {
    return await work();
  } finally {
    clearInterval(touching);
    process.removeListener('exit', giveBack);
    giveBack();
  }
}

/** @param {string} folder */
async function take(folder) {
  try {
    await mkdir(folder);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  await writeJson(path.join(folder, 'owner.json'), { pid: process.pid, host: hostname() });
  return true;
}

/** @param {string} folder */
async function readOwner(folder) {
  return /** @type {{ pid: number, host: string } | null} */ (await readJson(path.join(folder, 'owner.json')));
}

/** @param {string} folder */
async function isStale(folder) {
  const found = await stat(folder).catch(() => null);
  if (found === null) return false; // given back meanwhile
  const silentMs = Date.now() - found.mtimeMs;
  if (silentMs > SILENT_AFTER_MS) return true;
  if (silentMs < GONE_AFTER_MS) return false;
  const owner = await readOwner(folder);
  return owner === null || (owner.host === hostname() && !isAlive(owner.pid));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Removes a stale lock. Only one process may, or the second would remove the lock that the first has just taken: the right
 * to is itself a folder, and staleness is looked at again under it.
 *
 * @param {string} folder
 */
async function breakLock(folder) {
  const right = `${folder}.break`;
  try {
    await mkdir(right);
  } catch {
    const found = await stat(right).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > SILENT_AFTER_MS) await rmdir(right).catch(() => {});
    await delay(100);
    return;
  }
  try {
    if (await isStale(folder)) await rm(folder, { recursive: true, force: true });
  } finally {
    await rmdir(right).catch(() => {});
  }
}
