import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { appRoot } from '../system/app-root.ts';

/** Where projects live: `FOVEA_HOME`, else the system's place for an application's data. */
export function defaultDataFolder(): string {
  const home = process.env['FOVEA_HOME'];
  return home === undefined || home === '' ? envPaths('fovea', { suffix: '' }).data : resolve(home);
}

/** A program of this build that runs in a process of its own. */
export function workerFile(name: 'compute' | 'media' | 'classify'): string {
  return join(appRoot(), 'dist', 'main', `${name}.js`);
}

/** The plain Node that runs workers: the one that runs this, unless the shell brought its own. */
export function nodeBinary(): string {
  const own = process.env['FOVEA_NODE'];
  return own === undefined || own === '' ? process.execPath : own;
}
