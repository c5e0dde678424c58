import { join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import type { SkippedFile } from '../contract/dataset.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { scanMemoryFile } from '../engine/dataset/scan-memory.ts';
import { evaluate } from '../engine/evaluate/evaluate.ts';
import { classifyPictures } from '../engine/evaluate/classify.ts';
import { loadClassifier } from '../engine/network/classifier.ts';
import type { JobContext } from './job-context.ts';

export async function evaluateJob(
  { modelFolder, folder }: JobOf<'evaluate'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['evaluate']> {
  const classifier = await loadClassifier(modelFolder);
  const manifest = await scanFolder(folder, { signal: stopSignal, memoryFile: scanMemoryFile(folder) });
  const known = new Set(classifier.labels);
  const entries = manifest.entries.filter(({ className }) => known.has(className));
  const skipped: SkippedFile[] = [
    ...manifest.skipped,
    ...manifest.entries
      .filter(({ className }) => !known.has(className))
      .map(({ path, className }) => ({ path, reason: `the model does not know the class "${className}"` })),
  ];
  const { rows, unreadable } = await classifyPictures(
    classifier,
    entries.map(({ path }) => ({ file: join(folder, path) })),
    {
      signal: stopSignal,
      onProgress: (done) => report({ type: 'progress', stage: 'evaluate', done, total: entries.length }),
    },
  );
  for (const { fileIndex, reason } of unreadable) skipped.push({ path: entries[fileIndex]?.path ?? '', reason });
  if (rows.length === 0) {
    throw new EngineError(
      'dataset/empty',
      `No picture in ${folder} could be evaluated: it needs one sub-folder for each of ${classifier.labels.join(', ')}, named so.`,
      { folder },
    );
  }
  const answers = rows.flatMap(({ fileIndex, probabilities }) => {
    const entry = entries[fileIndex];
    return entry ? [{ id: entry.id, path: entry.path, truth: entry.className, probabilities }] : [];
  });
  return { evaluation: evaluate(classifier.labels, answers, { split: 'all', choseBestEpoch: false }), skipped };
}
