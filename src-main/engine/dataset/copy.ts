/** An edited dataset as a folder of its own. The pictures themselves are only read. */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { skipReasons } from '../../contract/skip-reasons.ts';
import type { Picture, SkippedFile, Split } from '../../contract/dataset.ts';
import type { CopyOrder, CopyReport } from '../../contract/edits.ts';
import { isErrno } from '../../system/durable-file.ts';
import { explainSystemError } from '../images/refusal.ts';

/** What people, and our own scan, call the folders of a split. */
const SPLIT_FOLDERS: Readonly<Record<Split, string>> = { training: 'train', validation: 'val', test: 'test' };

/** Files written at the same time. */
const CONCURRENCY = 8;

interface Placed {
  readonly picture: Picture;
  /** Relative to the new folder. */
  readonly target: string;
  readonly isRenamed: boolean;
}

/**
 * Where each picture goes: into the folder of its class, under its own name, or under `name (2).jpg` where one of that name is
 * there already (names that differ in case or Unicode form alone are the same on many disks). In the order of the pictures.
 */
export function placePictures(pictures: readonly Picture[], layout: CopyOrder['layout']): Placed[] {
  const taken = new Set<string>();
  return pictures.map((picture) => {
    const folder = folderOf(picture, layout);
    const name = basename(picture.path);
    const extension = extname(name);
    const stem = name.slice(0, name.length - extension.length);
    let target = `${folder}/${name}`;
    for (let number = 2; taken.has(foldName(target)); number++) target = `${folder}/${stem} (${number})${extension}`;
    taken.add(foldName(target));
    return { picture, target, isRenamed: target !== `${folder}/${name}` };
  });
}

function folderOf({ className, split }: Pick<Picture, 'className' | 'split'>, layout: CopyOrder['layout']): string {
  return layout === 'classes' ? className : `${SPLIT_FOLDERS[split]}/${className}`;
}

function foldName(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

export interface CopyOptions extends Pick<CopyOrder, 'layout' | 'method'> {
  /** That the paths of the pictures are relative to. */
  readonly source: string;
  /** Is there, and empty. */
  readonly target: string;
  /** Each gets a folder, with pictures or without; in the layout `splits` those with pictures do. */
  readonly classes: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes the pictures, by copy or by hard link. Those that are gone or of another size than when they were scanned are left out,
 * with the reason.
 *
 * @throws the system's error if the target refuses; the signal's reason on an abort.
 */
export async function copyPictures(
  pictures: readonly Picture[],
  { source, target, layout, method, classes, signal, onProgress }: CopyOptions,
): Promise<Omit<CopyReport, 'folder'>> {
  const placed = placePictures(pictures, layout);
  const splits = layout === 'classes' ? [] : new Set(pictures.map(({ split }) => SPLIT_FOLDERS[split]));
  const folders = layout === 'classes' ? classes : new Set(pictures.map((picture) => folderOf(picture, layout)));
  // Not `recursive`, so that classes whose names are the same to this disk are refused, not mixed.
  for (const folder of [...splits, ...folders]) await mkdir(join(target, folder));

  const counts = { linkedCount: 0, copiedCount: 0, renamedCount: 0 };
  const byClass = new Map(classes.map((name) => [name, 0]));
  const skipped: SkippedFile[] = [];
  const failures: unknown[] = [];
  let next = 0;
  let done = 0;
  async function writeOnward(): Promise<void> {
    for (let one = placed[next++]; one !== undefined && failures.length === 0; one = placed[next++]) {
      signal?.throwIfAborted();
      const { picture } = one;
      const from = await findUnchanged(join(source, picture.path), picture.sizeBytes);
      if ('reason' in from) skipped.push({ path: picture.path, reason: from.reason });
      else {
        counts[await write(from.file, join(target, one.target), method)]++;
        if (one.isRenamed) counts.renamedCount++;
        byClass.set(picture.className, (byClass.get(picture.className) ?? 0) + 1);
      }
      onProgress?.(++done, placed.length);
    }
  }
  const writing = Array.from({ length: CONCURRENCY }, () =>
    writeOnward().catch((error: unknown) => failures.push(error)),
  );
  await Promise.all(writing); // to the end of each, also where one failed: whoever clears the folder away finds it at rest
  if (failures.length > 0) throw failures[0];
  return {
    ...counts,
    imageCount: counts.linkedCount + counts.copiedCount,
    classes: Array.from(byClass, ([name, imageCount]) => ({ name, imageCount })),
    skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** The file that a path leads to: a link is followed, since a hard link to it would dangle with it. */
async function findUnchanged(path: string, sizeBytes: number): Promise<{ file: string } | { reason: string }> {
  try {
    const file = await realpath(path);
    if ((await stat(file)).size === sizeBytes) return { file };
    return { reason: skipReasons.say('changed') };
  } catch (error) {
    return { reason: explainSystemError(error) };
  }
}

async function write(from: string, to: string, method: CopyOrder['method']): Promise<'linkedCount' | 'copiedCount'> {
  if (method === 'link') {
    try {
      await link(from, to);
      return 'linkedCount';
    } catch (error) {
      // Another disk, one without hard links, or a file of another user: the report tells that it was copied.
      if (!isErrno(error, 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES')) throw error;
    }
  }
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return 'copiedCount';
}
