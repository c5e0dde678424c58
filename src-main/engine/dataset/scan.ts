import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { SkippedFile } from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import { inspectAs } from '../images/inspect.ts';
import { readPictureFile } from '../images/read-file.ts';
import { explainSystemError, type Refusal } from '../images/refusal.ts';
import { layOut, type Member } from './layout.ts';
import { assemble, type Manifest, type ManifestEntry } from './manifest.ts';
import { ScanMemory, type PictureFacts } from './scan-memory.ts';
import { walkFolder, type Walked } from './walk.ts';

export interface ScanOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Where this folder's scans are remembered (`scanMemoryFile`), so that unchanged files are not read; absent: nowhere. */
  readonly memoryFile?: string;
}

/** Files read at the same time: enough to keep the disk and every core busy; each is held whole in memory. */
const CONCURRENCY = 2 * availableParallelism();

/**
 * Reads a folder of pictures: which classes, which pictures, and what was left out and why. Each file is read once, for
 * its SHA-256 and its header, or not at all if it is remembered; pixels are not decoded yet. Nothing in the folder is
 * changed.
 *
 * @throws EngineError `dataset/not-found`, `dataset/not-a-folder`, `dataset/unreadable` for the folder itself. What is
 *   wrong inside it is listed in `skipped`; whether it is enough to train, `requireTrainable` says.
 * @throws the signal's reason on an abort.
 */
export async function scanFolder(
  folder: string,
  { signal, onProgress, memoryFile }: ScanOptions = {},
): Promise<Manifest> {
  const walked = await walkRoot(folder, signal);
  const memory = memoryFile === undefined ? null : await ScanMemory.open(memoryFile, folder);
  const layout = layOut(walked);
  const { members } = layout;
  const findings = new Array<ManifestEntry | SkippedFile>(members.length);
  let next = 0;
  let done = 0;
  async function readOnward(): Promise<void> {
    for (let index = next++; index < members.length; index = next++) {
      signal?.throwIfAborted();
      const member = members[index];
      if (member !== undefined) findings[index] = await readMember(folder, member, memory);
      onProgress?.(++done, members.length);
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, readOnward));
  await memory?.save();
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
  memory: ScanMemory | null,
): Promise<ManifestEntry | SkippedFile> {
  const inspect = () => inspectFile(join(folder, path));
  const found = await (memory === null ? inspect() : memory.recall(path, inspect));
  if ('reason' in found) return { path, reason: found.reason };
  const { width, height, orientation, sizeBytes, sha256 } = found;
  // 16 digits from 8 bytes: a slice of the 64 digits would keep them all in memory.
  const id = createHash('sha256').update(path).digest().toString('hex', 0, 8);
  return { id, path, className, folderSplit, width, height, orientation, sizeBytes, sha256 };
}

async function inspectFile(file: string): Promise<PictureFacts | Refusal> {
  const read = await readPictureFile(file);
  if (!read.ok) return read;
  const inspected = await inspectAs(read.bytes, read.format);
  if (!inspected.ok) return inspected;
  const { width, height, orientation } = inspected;
  const sha256 = createHash('sha256').update(read.bytes).digest('hex');
  return { width, height, orientation, sizeBytes: read.bytes.length, sha256 };
}
