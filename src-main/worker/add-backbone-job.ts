import type { JobOf, JobResults } from '../contract/jobs.ts';
import { addBackbone } from '../engine/backbones/add-backbone.ts';
import type { JobContext } from './job-context.ts';

/** A file comes in thousands of pieces; the studio need not hear of each. */
const EVERY_MS = 100;

export async function addBackboneJob(
  { order }: JobOf<'add-backbone'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['add-backbone']> {
  let lastAt = -Infinity;
  const { id } = await addBackbone(order, {
    signal: stopSignal,
    onBytes(doneBytes, totalBytes) {
      const now = performance.now();
      if (now - lastAt < EVERY_MS && doneBytes !== totalBytes) return;
      lastAt = now;
      report({ type: 'download', doneBytes, totalBytes });
    },
  });
  return { id };
}
