import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultDataFolder } from '../system/data-folder.ts';
import { runJobInTerminal } from './run-job.ts';
import { trainInto } from './train-command.ts';
import type { TrainFlags } from './training-flags.ts';

/** Draws a sample set and runs the whole job on it. */
export async function demoCommand(flags: TrainFlags & { readonly images: number }): Promise<void> {
  const { images, ...trainFlags } = flags;
  const out = flags.out === undefined ? join(defaultDataFolder(), 'demo') : resolve(flags.out);
  const pictures = join(out, 'pictures');
  await rm(pictures, { recursive: true, force: true }); // drawn by an earlier demo
  await runJobInTerminal({ kind: 'draw-sample', folder: pictures, imagesPerClass: images, seed: flags.seed });
  const ownFolder = flags.out === undefined; // nobody else writes there
  await trainInto(pictures, out, { ...trainFlags, overwrite: ownFolder || (flags.overwrite ?? false) });
}
