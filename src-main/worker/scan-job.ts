import type { DatasetSummary, Picture } from '../contract/dataset.ts';
import type { JobOf } from '../contract/jobs.ts';
import { writeManifest } from '../engine/dataset/manifest-file.ts';
import { picturesOf } from '../engine/dataset/split.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { scanMemoryFile } from '../engine/dataset/scan-memory.ts';
import { summarise } from '../engine/dataset/summary.ts';
import { writeFileDurably } from '../system/durable-file.ts';
import type { JobContext } from './job-context.ts';

export async function scanJob(
  { folder, manifestFile, picturesFile, config }: JobOf<'scan'>,
  { report, stopSignal }: JobContext,
): Promise<DatasetSummary> {
  const manifest = await scanFolder(folder, {
    signal: stopSignal,
    memoryFile: scanMemoryFile(folder),
    onProgress: (done, total) => report({ type: 'progress', stage: 'read', done, total }),
  });
  if (manifestFile !== null) await writeManifest(manifestFile, manifest);
  if (picturesFile !== undefined) {
    const pictures = picturesOf(manifest.entries, config);
    await writeFileDurably(picturesFile, linesOf(pictures));
  }
  return summarise(manifest, config);
}

function* linesOf(pictures: Iterable<Picture>): Generator<string> {
  for (const picture of pictures) yield `${JSON.stringify(picture)}\n`;
}
