import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { TrainConfig } from '../contract/training.ts';
import { isErrno } from '../system/durable-file.ts';
import type { Run } from './run.ts';
import { CHECKPOINT_FILE } from './run-file.ts';

/**
 * A run of the same settings that was cut off has left how far it was: a new one goes on from there. Whether the pictures are
 * the same too, the checkpoint itself knows. One that was paused keeps its own, since it is meant to be resumed.
 */
export async function takeOverCheckpoint(runs: readonly Run[], config: TrainConfig, folder: string): Promise<void> {
  const cutOff = runs
    .filter((run) => ['interrupted', 'failed'].includes(run.summary().status))
    .filter((run) => isDeepStrictEqual(run.summary().config, config))
    .sort((a, b) => b.file.number - a.file.number);
  for (const { place } of cutOff) {
    const checkpoint = join(place.folder, CHECKPOINT_FILE);
    if (await renameIfThere(checkpoint, join(folder, CHECKPOINT_FILE))) return;
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
