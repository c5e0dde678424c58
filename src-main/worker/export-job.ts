import type { JobOf, JobResults } from '../contract/jobs.ts';
import { exportClassifier } from '../engine/export/export.ts';
import { renameLabels } from '../engine/export/rename-labels.ts';
import { loadClassifier } from '../engine/network/classifier.ts';
import { openWorkerBackend } from './backend.ts';
import type { JobContext } from './job-context.ts';

export async function exportJob(
  { modelFolder, exports, newLabels = [] }: JobOf<'export'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['export']> {
  const classifier = renameLabels(await loadClassifier(modelFolder), newLabels);
  await openWorkerBackend(); // the TF.js file is checked on it
  report({ type: 'stage', stage: 'export', total: exports.formats.length });
  return exportClassifier(classifier, {
    order: exports,
    signal: stopSignal,
    onWriting: (format, number, of) => report({ type: 'writing', format, number, of }),
    onProgress: (done, total) => report({ type: 'progress', stage: 'export', done, total }),
    onReport: (exported) => report({ type: 'exported', report: exported }),
  });
}
