import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** Where projects live: `FOVEA_HOME`, else the system's place for an application's data. */
export function defaultDataFolder(): string {
  const home = process.env['FOVEA_HOME'];
  return home === undefined || home === '' ? envPaths('fovea', { suffix: '' }).data : resolve(home);
}

/** Where backbones lie that the user has added: a folder each. Those that came with the app lie in its `assets`. */
export function addedBackbonesFolder(): string {
  return join(defaultDataFolder(), 'backbones');
}
