import { join } from 'node:path';
import envPaths from 'env-paths';

/** A folder of what can be made again: `FOVEA_CACHE`, else the system's place for an application's cache. */
export function cacheFolder(...parts: readonly string[]): string {
  const chosen = process.env['FOVEA_CACHE'];
  return join(chosen === undefined || chosen === '' ? envPaths('fovea', { suffix: '' }).cache : chosen, ...parts);
}
