import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of a model: `OUT` of `train --out OUT` means the `model` folder in it. */
export function modelFolderOf(path: string): string {
  const inside = join(resolve(path), 'model');
  return existsSync(join(inside, 'fovea.json')) ? inside : resolve(path);
}
