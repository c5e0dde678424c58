import type { JobOf, JobResults } from '../contract/jobs.ts';
import { applyEdits } from '../engine/dataset/edits.ts';
import { writeManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { scanMemoryFile } from '../engine/dataset/scan-memory.ts';
import { writeEdited } from './edited-files.ts';
import type { JobContext } from './job-context.ts';

export async function scanJob(
  { folder, manifestFile, edited: { edits, ...files }, config }: JobOf<'scan'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['scan']> {
  const manifest = await scanFolder(folder, {
    signal: stopSignal,
    memoryFile: scanMemoryFile(folder),
    onProgress: (done, total) => report({ type: 'progress', stage: 'read', done, total }),
  });
  await writeManifest(manifestFile, manifest);
  return writeEdited(applyEdits(manifest, edits), { ...files, isEdited: edits.length > 0 }, config);
}
