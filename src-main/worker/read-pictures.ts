import type { Picture, SkippedFile } from '../contract/dataset.ts';
import type { JobOf } from '../contract/jobs.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { scanMemoryFile } from '../engine/dataset/scan-memory.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import type { JobContext } from './job-context.ts';

/** Which pictures there are, and what each is for. @throws EngineError  the reason why they cannot be trained on */
export async function readPictures(
  { folder, manifestFile, config }: Pick<JobOf<'train'>, 'folder' | 'manifestFile' | 'config'>,
  { report, stopSignal }: JobContext,
) {
  const manifest =
    manifestFile === null
      ? await scanFolder(folder, { signal: stopSignal, memoryFile: scanMemoryFile(folder) })
      : await readManifest(manifestFile);
  for (const file of manifest.skipped) report({ type: 'skipped', file });
  const candidates = assignSplits(manifest.entries, config);
  requireTrainable(candidates, manifest.classes, manifest.skipped);
  const skipped: SkippedFile[] = [...manifest.skipped];
  return { classes: manifest.classes, candidates, skipped };
}

/** Class number of each picture. */
export function labelsOf(pictures: readonly Picture[], classes: readonly string[]): Uint32Array {
  const numberOf = new Map(classes.map((name, index) => [name, index]));
  return Uint32Array.from(pictures, ({ className }) => numberOf.get(className) ?? 0);
}
