import type { FilePrediction, JobOf, JobResults } from '../contract/jobs.ts';
import { listFiles } from '../engine/dataset/list-files.ts';
import { classifyPictures } from '../engine/evaluate/classify.ts';
import { argMax } from '../engine/evaluate/metrics.ts';
import { loadClassifier } from '../engine/network/classifier.ts';
import type { JobContext } from './job-context.ts';

export async function predictJob(
  { modelFolder, paths }: JobOf<'predict'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['predict']> {
  const classifier = await loadClassifier(modelFolder);
  const { files, skipped } = await listFiles(paths);
  const { rows, unreadable } = await classifyPictures(
    classifier,
    files.map((file) => ({ file })),
    {
      signal: stopSignal,
      onProgress: (done) => report({ type: 'progress', stage: 'evaluate', done, total: files.length }),
    },
  );
  const predictions = rows.map(({ fileIndex, probabilities }): FilePrediction => ({
    path: files[fileIndex] ?? '',
    predicted: classifier.labels[argMax(probabilities)] ?? '',
    probabilities: Object.fromEntries(classifier.labels.map((label, index) => [label, probabilities[index] ?? 0])),
  }));
  return {
    predictions,
    skipped: [...skipped, ...unreadable.map(({ fileIndex, reason }) => ({ path: files[fileIndex] ?? '', reason }))],
  };
}
