// @ts-check
/** Where things lie: the checkout, its own set-up notes, and what all checkouts of a user share. */
import { homedir } from 'node:os';
import path from 'node:path';

/** The checkout. */
export const root = path.join(import.meta.dirname, '..', '..');

/**
 * The per-user folder of big downloads, shared by every checkout. The same place as the engine's (`env-paths`).
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 * @param {string} home
 * @returns {string}
 */
export function cacheFolder(env = process.env, platform = process.platform, home = homedir()) {
  if (env['FOVEA_CACHE']) return path.resolve(env['FOVEA_CACHE']);
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'fovea');
  if (platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'fovea', 'Cache');
  }
  return path.join(env['XDG_CACHE_HOME'] || path.join(home, '.cache'), 'fovea');
}

/**
 * What set-up remembers of one checkout: locks, logs, failed attempts. Git-ignored; outlives `npm ci`.
 *
 * @param {string} rootFolder
 * @returns {string}
 */
export function notesFolder(rootFolder) {
  return path.join(rootFolder, '.set-up');
}
