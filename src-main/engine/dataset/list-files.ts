import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SkippedFile } from '../../contract/dataset.ts';
import { explainSystemError } from '../images/refusal.ts';
import { walkFolder } from './walk.ts';

/**
 * All files that paths stand for: a file itself, a folder with all that is in it, however deep. What lies in folders is
 * sorted; names that only systems use are skipped there, but never when named outright.
 *
 * @returns paths that begin as they were given, each once; what cannot be listed, with its reason.
 */
export async function listFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly string[]; readonly skipped: readonly SkippedFile[] }> {
  const files = new Set<string>();
  const skipped: SkippedFile[] = [];
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) {
        files.add(path);
        continue;
      }
      const walked = await walkFolder(path);
      for (const file of walked.files) files.add(join(path, file));
      for (const entry of walked.skipped) skipped.push({ ...entry, path: join(path, entry.path) });
    } catch (error) {
      skipped.push({ path, reason: explainSystemError(error) });
    }
  }
  return { files: [...files], skipped };
}
