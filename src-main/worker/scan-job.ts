import { writeFile } from 'node:fs/promises';
import type { DatasetSummary } from '../contract/dataset.ts';
import type { JobOf } from '../contract/jobs.ts';
import { writeManifest } from '../engine/dataset/manifest-file.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { summarise } from '../engine/dataset/summary.ts';
import type { JobContext } from './job-context.ts';

export async function scanJob(
  { folder, manifestFile, picturesFile, config }: JobOf<'scan'>,
  { report, stopSignal }: JobContext,
): Promise<DatasetSummary> {
  const manifest = await scanFolder(folder, {
    signal: stopSignal,
    onProgress: (done, total) => report({ type: 'progress', stage: 'read', done, total }),
  });
  if (manifestFile !== null) await writeManifest(manifestFile, manifest);
  if (picturesFile !== undefined) {
    const pictures = assignSplits(manifest.entries, config);
    await writeFile(picturesFile, pictures.map((picture) => `${JSON.stringify(picture)}\n`).join(''));
  }
  return summarise(manifest, config);
}
