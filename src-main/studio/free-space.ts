import { statfs } from 'node:fs/promises';
import { EngineError } from '../contract/errors.ts';

/** A model, its exports and the records of a run, with room to spare. */
const LEAST_FREE_BYTES = 200_000_000;

/** Refuses early what would otherwise fail half-way. @throws EngineError `storage/full` */
export async function requireFreeSpace(folder: string, leastBytes = LEAST_FREE_BYTES): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= leastBytes) return;
  const [free, least] = [freeBytes, leastBytes].map((bytes) => Math.round(bytes / 1e6));
  throw new EngineError(
    'storage/full',
    `The disk of ${folder} has ${free} MB free; at least ${least} MB are needed. Free some space and try again.`,
    { folder, freeBytes, leastBytes },
  );
}
