import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { FilePrediction } from '../contract/predictions.ts';
import { listFiles } from '../engine/dataset/list-files.ts';
import { classifyPictures } from '../engine/evaluate/classify.ts';
import { argMax } from '../engine/evaluate/metrics.ts';
import { classifyViews } from '../engine/evaluate/test-time-augmentation.ts';
import { planViews } from '../engine/evaluate/views.ts';
import { loadClassifier } from '../engine/network/classifier.ts';
import type { JobContext } from './job-context.ts';

export async function predictJob(
  { modelFolder, paths, tta }: JobOf<'predict'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['predict']> {
  const classifier = await loadClassifier(modelFolder);
  const views = tta === undefined ? null : planViews(tta, classifier.imageSize).views;
  const { files, skipped } = await listFiles(paths);
  const pictures = files.map((file) => ({ file }));
  const options = {
    signal: stopSignal,
    onProgress: (done: number) => report({ type: 'progress', stage: 'evaluate', done, total: files.length }),
  };
  const { rows, unreadable } =
    views === null
      ? await classifyPictures(classifier, pictures, options)
      : await classifyViews(classifier, pictures, { ...options, views });
  const predictions = rows.map(({ fileIndex, probabilities }): FilePrediction => ({
    path: files[fileIndex] ?? '',
    predicted: classifier.labels[argMax(probabilities)] ?? '',
    probabilities: Object.fromEntries(classifier.labels.map((label, index) => [label, probabilities[index] ?? 0])),
  }));
  return {
    predictions,
    skipped: [...skipped, ...unreadable.map(({ fileIndex, reason }) => ({ path: files[fileIndex] ?? '', reason }))],
    ...(views === null ? {} : { viewCount: views.length }),
  };
}
