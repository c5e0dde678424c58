import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { TrainConfig } from '../contract/training.ts';
import { compareTransfer, learnFromFewer, type FewerPictures } from '../engine/choose/compare-transfer.ts';
import { openWorkerBackend } from './backend.ts';
import { backboneOf } from './backbone-of.ts';
import { rowsOf } from './evaluate-splits.ts';
import { prepareExamples } from './examples.ts';
import type { JobContext } from './job-context.ts';
import { labelsOf, readPictures } from './read-pictures.ts';

/** Compares finished runs, and finds how few pictures a head needs to reach those from scratch; embeddings are stored by then. */
export async function compareTransferJob(
  { folder, manifestFile, pairs }: JobOf<'compare-transfer'>,
  context: JobContext,
): Promise<JobResults['compare-transfer']> {
  await openWorkerBackend();
  const heads: FewerPictures[][] = [];
  for (const { transfer } of pairs) {
    const config: TrainConfig = { ...transfer.config, mode: 'head', augmentation: 'off' };
    const { classes, candidates } = await readPictures({ folder, manifestFile, config }, context);
    const backbone = await backboneOf(config, classes.length);
    const examples = await prepareExamples({ folder, candidates, backbone, cut: null, config }, context);
    try {
      const { pictures, embeddings } = examples;
      if (embeddings === null) throw new Error('A head learns from embeddings');
      const data = {
        source: embeddings,
        labels: labelsOf(pictures, classes),
        classCount: classes.length,
        trainingRows: rowsOf(pictures, 'training'),
        validationRows: rowsOf(pictures, 'validation'),
      };
      const judged = rowsOf(pictures, transfer.evaluation.split === 'test' ? 'test' : 'validation');
      heads.push(await learnFromFewer(data, judged, config, context.stopSignal));
    } finally {
      await examples.close();
    }
  }
  return compareTransfer(pairs, heads);
}
