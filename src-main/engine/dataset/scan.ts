import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { SkippedFile } from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import { inspectAs } from '../images/inspect.ts';
import { readPictureFile } from '../images/read-file.ts';
import { explainSystemError } from '../images/refusal.ts';
import { layOut, type Member } from './layout.ts';
import { assemble, type Manifest, type ManifestEntry } from './manifest.ts';
import { walkFolder, type Walked } from './walk.ts';

export interface ScanOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files read at the same time: enough to keep the disk and every core busy; each is held whole in memory. */
const CONCURRENCY = 2 * availableParallelism();

/**
 * Reads a folder of pictures: which classes, which pictures, and what was left out and why. Each file is read once, for
 * its SHA-256 and its header; pixels are not decoded yet. Nothing in the folder is changed.
 *
 * @throws EngineError `dataset/not-found`, `dataset/not-a-folder`, `dataset/unreadable` for the folder itself. What is
 *   wrong inside it is listed in `skipped`; whether it is enough to train, `requireTrainable` says.
 * @throws the signal's reason on an abort.
 */
export async function scanFolder(folder: string, { signal, onProgress }: ScanOptions = {}): Promise<Manifest> {
  const walked = await walkRoot(folder, signal);
  const layout = layOut(walked);
  const { members } = layout;
  const findings = new Array<ManifestEntry | SkippedFile>(members.length);
  let next = 0;
  let done = 0;
  async function readOnward(): Promise<void> {
    for (let index = next++; index < members.length; index = next++) {
      signal?.throwIfAborted();
      const member = members[index];
      if (member !== undefined) findings[index] = await readMember(folder, member);
      onProgress?.(++done, members.length);
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, readOnward));
  return assemble(layout, findings, walked.skipped);
}

async function walkRoot(folder: string, signal: AbortSignal | undefined): Promise<Walked> {
  try {
    if (!(await stat(folder)).isDirectory()) {
      throw new EngineError(
        'dataset/not-a-folder',
        `${folder} is a file. Choose the folder that holds one folder of pictures for each class.`,
        { folder },
      );
    }
    return await walkFolder(folder, signal);
  } catch (error) {
    if (error instanceof EngineError || signal?.aborted) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new EngineError(
        'dataset/not-found',
        `There is no folder ${folder}. Check the path, and whether its drive is connected.`,
        { folder },
      );
    }
    const reason = explainSystemError(error);
    throw new EngineError('dataset/unreadable', `The folder ${folder} cannot be read (${reason}). Allow reading it.`, {
      folder,
      reason,
    });
  }
}

async function readMember(
  folder: string,
  { path, className, folderSplit }: Member,
): Promise<ManifestEntry | SkippedFile> {
  const file = await readPictureFile(join(folder, path));
  if (!file.ok) return { path, reason: file.reason };
  const inspected = await inspectAs(file.bytes, file.format);
  if (!inspected.ok) return { path, reason: inspected.reason };
  const { width, height, orientation } = inspected;
  return {
    id: sha256(path).slice(0, 16),
    path,
    className,
    folderSplit,
    width,
    height,
    orientation,
    sizeBytes: file.bytes.length,
    sha256: sha256(file.bytes),
  };
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
