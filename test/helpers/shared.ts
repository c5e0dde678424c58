import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout. */
export const repositoryRoot = join(import.meta.dirname, '..', '..');

/**
 * A folder of the material that lies beside the checkout (real pictures, official weights), or null, with the reason
 * printed, where it is absent: `test.skipIf(shared('data/hymenoptera') === null)`.
 */
export function shared(path: string): string | null {
  const folder = join(repositoryRoot, '..', 'shared', path);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Skipping what needs ../shared/${path}: it is not beside this checkout.\n`);
  return null;
}
