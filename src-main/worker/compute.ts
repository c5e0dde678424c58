/**
 * The compute worker: a child process that takes one job over IPC, reports events, answers and ends.
 * A native crash or an out-of-memory kill ends this process and nothing else.
 */
import type { FromWorker, Job, JobKind, JobResults, ToWorker } from '../contract/jobs.ts';
import { EngineError, toWireError } from '../contract/errors.ts';
import { drawSampleJob } from './draw-sample-job.ts';
import { evaluateJob } from './evaluate-job.ts';
import { exportJob } from './export-job.ts';
import type { JobContext } from './job-context.ts';
import { predictJob } from './predict-job.ts';
import { probeJob } from './probe-job.ts';
import { scanJob } from './scan-job.ts';
import { trainJob } from './train-job.ts';

const stop = new AbortController();

function send(message: FromWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('The compute worker is started by the studio, not by hand'));
    else process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

function run(job: Job): Promise<JobResults[JobKind]> {
  const context: JobContext = {
    report: (event) => void send({ type: 'event', event }).catch(() => process.exit(1)), // the parent is gone
    stopSignal: stop.signal,
  };
  switch (job.kind) {
    case 'scan':
      return scanJob(job, context);
    case 'train':
      return trainJob(job, context);
    case 'export':
      return exportJob(job, context);
    case 'evaluate':
      return evaluateJob(job, context);
    case 'predict':
      return predictJob(job, context);
    case 'probe':
      return probeJob(job);
    case 'draw-sample':
      return drawSampleJob(job, context);
  }
}

async function work(job: Job): Promise<void> {
  try {
    await send({ type: 'result', value: await run(job) });
    process.exit(0);
  } catch (error) {
    const stack = error instanceof Error && !(error instanceof EngineError) ? (error.stack ?? null) : null;
    await send({ type: 'error', error: toWireError(error), stack });
    process.exit(0);
  }
}

process.on('disconnect', () => process.exit(1)); // never outlive the parent
process.on('message', (message: ToWorker) => {
  if (message.type === 'start') void work(message.job);
  else stop.abort(new EngineError('run/cancelled', 'The run was stopped.'));
});
