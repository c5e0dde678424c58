/**
 * An export on its way to its place. Files are written into a hidden folder beside the target and take its name only when
 * all are on disk, so that a reader never meets half an export, whatever ends the process.
 *
 * A target that is replaced is moved aside first (a folder cannot be renamed onto another), and what the user has put into
 * it moves over to the new one. Killed in between, the next export into the same place finishes or undoes that: `sweep`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { isErrno, renameDurably, writeFileDurably } from '../../system/durable-file.ts';
import type { ExportFile } from './export-file.ts';
import { explainTargetError } from './target-error.ts';

const LEFTOVER = /^\.fovea-(new|old)-(\d+)-([0-9a-f]{8})-(.+)$/;

/** Weights of a TF.js model: those of a larger one, cut into more files, would otherwise stay beside its successor's. */
const SHARD = /^group\d+-shard\d+of\d+\.bin$/;

/** Drafts of this process, by the token in their names: what else bears its number was left by an earlier one. */
const ownTokens = new Set<string>();

export interface Draft {
  /** Where the files lie until `commit`. */
  readonly folder: string;
  write(file: ExportFile): Promise<void>;
  /** Puts the draft in its place. */
  commit(): Promise<void>;
  /** Removes the draft; does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Makes sure that a folder can be written, and clears up after exports that were killed.
 *
 * @throws EngineError `export/target-exists` if there is something that may not be replaced, `export/target-unwritable`.
 */
export async function openDraft(target: string, overwrite: boolean): Promise<Draft> {
  try {
    return await makeDraft(target, overwrite);
  } catch (error) {
    throw explainTargetError(resolve(target), error);
  }
}

async function makeDraft(target: string, overwrite: boolean): Promise<Draft> {
  await mkdir(dirname(target), { recursive: true });
  // A link to a folder is replaced where it points, not by a folder in its stead.
  const place = await realpath(target).catch(() => resolve(target));
  const [parent, name] = [dirname(place), basename(place)];
  await sweep(parent, name);
  await requireReplaceable(place, overwrite);
  const token = randomUUID().slice(0, 8);
  const hidden = (kind: 'new' | 'old') => join(parent, `.fovea-${kind}-${process.pid}-${token}-${name}`);
  const folder = hidden('new');
  ownTokens.add(token);
  await mkdir(folder);
  const guarded =
    <Values extends readonly unknown[]>(work: (...values: Values) => Promise<void>) =>
    async (...values: Values) => {
      try {
        await work(...values);
      } catch (error) {
        throw explainTargetError(place, error);
      }
    };
  return {
    folder,
    write: guarded(async (file: ExportFile) => {
      await mkdir(dirname(join(folder, file.name)), { recursive: true });
      await writeFileDurably(join(folder, file.name), file.content);
    }),
    commit: guarded(async () => {
      await requireReplaceable(place, overwrite); // again: checking took a while
      await putInPlace(folder, place, hidden('old'));
      ownTokens.delete(token);
    }),
    discard: async () => {
      await rm(folder, { recursive: true, force: true });
      ownTokens.delete(token);
    },
  };
}

async function requireReplaceable(place: string, overwrite: boolean): Promise<void> {
  const entries = await readdir(place).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  });
  if (overwrite || entries.length === 0) return;
  throw new EngineError(
    'export/target-exists',
    `${place} is there already and not empty. Choose another folder, move it away, or allow an earlier export to be replaced (--overwrite).`,
    { folder: place },
  );
}

async function putInPlace(folder: string, place: string, old: string): Promise<void> {
  const hasOld = await renameDurably(place, old).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    },
  );
  try {
    await renameDurably(folder, place);
  } catch (error) {
    if (hasOld) await renameDurably(old, place);
    throw error;
  }
  if (hasOld) await retire(old, place);
}

/** Moves what the new folder has no file of its own for, such as the user's notes, and removes the rest. */
async function retire(old: string, place: string): Promise<void> {
  const replaced = new Set(await readdir(place));
  const isStale = (name: string) => SHARD.test(name) && replaced.has('model.json');
  for (const name of await readdir(old)) {
    if (!replaced.has(name) && !isStale(name)) await renameDurably(join(old, name), join(place, name));
  }
  await rm(old, { recursive: true, force: true });
}

/** Removes drafts whose process is gone, and finishes or undoes its replacements. */
async function sweep(parent: string, target: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const [, kind, pid, token = '', name] = LEFTOVER.exec(entry) ?? [];
    if (name !== target || ownTokens.has(token) || isRunning(Number(pid))) continue;
    const leftover = join(parent, entry);
    if (kind === 'new') await rm(leftover, { recursive: true, force: true });
    else await restore(leftover, join(parent, target));
  }
}

async function restore(old: string, place: string): Promise<void> {
  const entries = await readdir(place).catch(() => null);
  if (entries !== null && entries.length > 0) return retire(old, place);
  if (entries !== null) await rmdir(place); // Windows renames onto nothing, not even onto an empty folder
  await renameDurably(old, place);
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // an earlier process of the same number: this one's are in `ownTokens`
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
