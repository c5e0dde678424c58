/**
 * An export on its way to its place. Files are written into a hidden folder beside the target and take its name only when
 * all are on disk, so that a reader never meets half an export, whatever ends the process.
 *
 * A target that is replaced is moved aside first (a folder cannot be renamed onto another), and what the user has put into
 * it moves over to the new one: all that the earlier export's manifest does not list. Killed in between, the next export into the same place finishes or undoes that: `sweep`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { isErrno, readTextIfThere, renameDurably, writeFileDurably } from '../../system/durable-file.ts';
import { writeZip } from '../../system/zip-folder.ts';
import type { ExportFile } from './export-file.ts';
import { filesOf, MANIFEST_FILE } from './manifest.ts';
import { explainTargetError } from './target-error.ts';

const LEFTOVER = /^\.fovea-(new|old)-(\d+)-([0-9a-f]{8})-(.+)$/;

/** Weights of a TF.js model from before there were manifests: those of a larger one, cut into more files, would otherwise stay beside its successor's. */
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
 * Makes sure that a target can be written, and clears up after exports that were killed.
 *
 * @param isZip  the target is a file, into which all are packed on `commit`.
 * @throws EngineError `export/target-exists` if there is something that may not be replaced, `export/target-unwritable`.
 */
export async function openDraft(target: string, overwrite: boolean, isZip = false): Promise<Draft> {
  try {
    return await makeDraft(target, overwrite, isZip);
  } catch (error) {
    throw explainTargetError(resolve(target), error);
  }
}

async function makeDraft(target: string, overwrite: boolean, isZip: boolean): Promise<Draft> {
  await mkdir(dirname(target), { recursive: true });
  // A link to a folder is replaced where it points, not by a folder in its stead.
  const place = await realpath(target).catch(() => resolve(target));
  const [parent, name] = [dirname(place), basename(place)];
  await sweep(parent, name);
  await requireReplaceable(place, { overwrite, isZip });
  const token = randomUUID().slice(0, 8);
  const hidden = (kind: 'new' | 'old') => join(parent, `.fovea-${kind}-${process.pid}-${token}-${name}`);
  const own = hidden('new');
  const folder = isZip ? join(own, 'content') : own;
  ownTokens.add(token);
  await mkdir(own); // not recursive: on a read-only disk that reports a missing part of the path
  if (isZip) await mkdir(folder);
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
      await requireReplaceable(place, { overwrite, isZip }); // again: checking took a while
      if (isZip) await packInPlace(own, folder, place);
      else await putInPlace(folder, place, hidden('old'));
      ownTokens.delete(token);
    }),
    discard: async () => {
      await rm(own, { recursive: true, force: true });
      ownTokens.delete(token);
    },
  };
}

async function requireReplaceable(
  place: string,
  { overwrite, isZip }: { readonly overwrite: boolean; readonly isZip: boolean },
): Promise<void> {
  try {
    const isTaken = isZip ? await isFile(place) : (await readdir(place)).length > 0;
    if (overwrite || !isTaken) return;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  throw new EngineError(
    'export/target-exists',
    `${place} is there already${isZip ? '' : ' and not empty'}. Choose another folder, move it away, or allow an earlier export to be replaced (--overwrite).`,
    { folder: place },
  );
}

/** @throws EISDIR where a folder stands in the place of a file; ENOENT where there is nothing. */
async function isFile(place: string): Promise<true> {
  if (!(await stat(place)).isDirectory()) return true;
  throw Object.assign(new Error(`${place} is a folder`), { code: 'EISDIR' });
}

async function packInPlace(own: string, content: string, place: string): Promise<void> {
  const archive = join(own, basename(place));
  await writeZip(content, archive);
  await renameDurably(archive, place);
  await rm(own, { recursive: true, force: true });
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

/** Moves what the new folder has no file of its own for and no export has written, such as the user's notes, and removes the rest. */
async function retire(old: string, place: string): Promise<void> {
  await removeOwnFiles(old);
  const replaced = new Set(await readdir(place));
  const isStale = (name: string) => SHARD.test(name) && replaced.has('model.json');
  for (const name of await readdir(old)) {
    if (!replaced.has(name) && !isStale(name)) await renameDurably(join(old, name), join(place, name));
  }
  await rm(old, { recursive: true, force: true });
}

/** Removes what an export wrote, by its manifest, and the folders that are empty then. What the user has put beside it stays. */
async function removeOwnFiles(folder: string): Promise<void> {
  const names = filesOf((await readTextIfThere(join(folder, MANIFEST_FILE))) ?? '').map(({ name }) => normalize(name));
  const inside = names.filter((name) => !isAbsolute(name) && !name.startsWith('..')); // whoever has edited the manifest
  for (const name of inside) await rm(join(folder, name), { recursive: true, force: true });
  for (const name of inside) {
    for (let above = dirname(name); above !== '.'; above = dirname(above)) {
      const isGone = await rmdir(join(folder, above)).then(
        () => true,
        (error: unknown) => isErrno(error, 'ENOENT'),
      );
      if (!isGone) break; // not empty
    }
  }
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
