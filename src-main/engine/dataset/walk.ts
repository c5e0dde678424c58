import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { skipReasons } from '../../contract/skip-reasons.ts';
import type { SkippedFile } from '../../contract/dataset.ts';
import { explainSystemError } from '../images/refusal.ts';
import { explainSystemName } from './names.ts';

export interface Walked {
  /** Every file, relative to the root, `/` between folders, names raw as on disk; sorted. */
  readonly files: readonly string[];
  /** Every folder, likewise. */
  readonly folders: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Lists all files below a folder, following links. Every real folder is read once, so that links cannot lead in circles
 * or multiply pictures; a folder that is both there and linked to counts where it lies.
 *
 * @throws whatever reading `root` itself throws; trouble further down is listed in `skipped`.
 */
export async function walkFolder(root: string, signal?: AbortSignal): Promise<Walked> {
  const files: string[] = [];
  const folders: string[] = [];
  const skipped: SkippedFile[] = [];
  const seen = new Map<string, string>();
  const pending: string[] = [];
  const links: string[] = [];

  async function readFolder(path: string): Promise<void> {
    const entries = await readdir(join(root, path), { withFileTypes: true });
    for (const entry of entries) {
      const entryPath = path === '' ? entry.name : `${path}/${entry.name}`;
      const systemReason = explainSystemName(entry.name);
      if (systemReason !== null) skipped.push({ path: entryPath, reason: systemReason });
      else if (entry.name.includes(REPLACED)) links.push(entryPath);
      else if (entry.isDirectory()) pending.push(entryPath);
      else if (entry.isSymbolicLink()) links.push(entryPath);
      else files.push(entryPath);
    }
  }

  /** Reads a folder unless it was read before; `path` is how it was reached. */
  async function enterFolder(path: string): Promise<void> {
    try {
      const real = await realpath(join(root, path));
      const earlier = seen.get(real);
      if (earlier !== undefined) {
        skipped.push({
          path,
          reason: earlier === '' ? skipReasons.say('counted-root') : skipReasons.say('counted', { folder: earlier }),
        });
        return;
      }
      seen.set(real, path);
      await readFolder(path);
      folders.push(path);
    } catch (error) {
      skipped.push({ path, reason: explainSystemError(error) });
    }
  }

  async function followLink(path: string): Promise<void> {
    try {
      if ((await stat(join(root, path))).isDirectory()) await enterFolder(path);
      else files.push(path);
    } catch (error) {
      skipped.push({ path, reason: isMissing(error) ? explainMissing(path) : explainSystemError(error) });
    }
  }

  seen.set(await realpath(root), '');
  await readFolder('');
  while (pending.length + links.length > 0) {
    signal?.throwIfAborted();
    // Links last and in a fixed order, so that what lies in the folder wins over what is linked into it.
    const folder = pending.pop();
    if (folder !== undefined) await enterFolder(folder);
    else for (const link of links.splice(0).sort()) await followLink(link);
  }
  return { files: files.sort(), folders: folders.sort(), skipped };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Stands in a name for what is no valid text; the system does not know the file by such a name. */
const REPLACED = '\ufffd';

function explainMissing(path: string): string {
  return skipReasons.say(path.includes(REPLACED) ? 'bad-name' : 'link-nowhere');
}
