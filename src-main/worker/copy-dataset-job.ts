import { readdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { CopyReport } from '../contract/edits.ts';
import { EngineError } from '../contract/errors.ts';
import type { JobOf } from '../contract/jobs.ts';
import { copyPictures } from '../engine/dataset/copy.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { openDraft } from '../engine/export/draft.ts';
import { explainTargetError } from '../engine/export/target-error.ts';
import { isErrno } from '../system/durable-file.ts';
import type { JobContext } from './job-context.ts';

export async function copyDatasetJob(
  { folder, manifestFile, order, config }: JobOf<'copy-dataset'>,
  { report, stopSignal }: JobContext,
): Promise<CopyReport> {
  const target = resolve(order.folder);
  const { classes, entries } = await readManifest(manifestFile);
  if (entries.length === 0) {
    const message =
      'No picture is left to copy: the folder has none, or all are excluded. Include some, or scan again.';
    throw new EngineError('dataset/empty', message);
  }
  await requireNewFolder(target, folder);
  const draft = await openDraft(target, false);
  try {
    const written = await copyPictures(assignSplits(entries, config), {
      source: folder,
      target: draft.folder,
      layout: order.layout,
      method: order.method,
      classes,
      signal: stopSignal,
      onProgress: (done, total) => report({ type: 'progress', stage: 'export', done, total }),
    });
    await draft.commit();
    return { folder: target, ...written };
  } catch (error) {
    await draft.discard();
    throw explainTargetError(target, error);
  }
}

/** The folder must not be there, or be empty, and must not be a part of the pictures' own folder: that stays as it is. */
async function requireNewFolder(target: string, source: string): Promise<void> {
  const entries = await readdir(target).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw explainTargetError(target, error);
  });
  if (entries.length > 0) {
    const message = `${target} is there already and not empty. Choose a folder that is new or empty.`;
    throw new EngineError('export/target-exists', message, { folder: target });
  }
  const way = relative(await realpath(source), await realNearest(target));
  const isInside = !isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`);
  if (!isInside) return;
  throw new EngineError(
    'export/target-unwritable',
    `${target} lies inside ${source}, the folder of the pictures, which Fovea leaves as it is. Choose a folder elsewhere.`,
    { folder: target, source },
  );
}

/** The real path of the deepest folder of a path that is there. */
async function realNearest(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || dirname(path) === path) throw explainTargetError(path, error);
    return realNearest(dirname(path));
  }
}
