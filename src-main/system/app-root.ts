import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds `assets/` and `dist/`: the checkout from source, the resources of a package. */
export function appRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'assets', 'catalogue.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No assets/catalogue.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}
