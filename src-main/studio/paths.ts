import { join } from 'node:path';
import { appRoot } from '../system/app-root.ts';

/** A program of this build that runs in a process of its own. */
export function workerFile(name: 'compute' | 'media' | 'classify' | 'predictor'): string {
  return join(appRoot(), 'dist', 'main', `${name}.js`);
}

/** The plain Node that runs workers: the one that runs this, unless the shell brought its own. */
export function nodeBinary(): string {
  const own = process.env['FOVEA_NODE'];
  return own === undefined || own === '' ? process.execPath : own;
}
