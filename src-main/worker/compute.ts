/**
 * The compute worker: a child process that takes one job over IPC, reports events, answers and ends.
 * A native crash or an out-of-memory kill ends this process and nothing else.
 */
import type { FromWorker, Job, JobKind, JobOf, JobResults, ToWorker } from '../contract/jobs.ts';
import { EngineError, toWireError } from '../contract/errors.ts';
import type { JobContext } from './job-context.ts';
import { throttleProgress } from './throttle-progress.ts';

const stop = new AbortController();

function send(message: FromWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('The compute worker is started by the studio, not by hand'));
    else process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

/** What each kind of job needs is loaded for it alone: a scan needs no TensorFlow, a training no exporter's readers. */
const LOAD: { readonly [K in JobKind]: () => Promise<Work<K>> } = {
  scan: async () => (await import('./scan-job.ts')).scanJob,
  edit: async () => (await import('./edit-job.ts')).editJob,
  'copy-dataset': async () => (await import('./copy-dataset-job.ts')).copyDatasetJob,
  train: async () => (await import('./train-job.ts')).trainJob,
  split: async () => (await import('./split-job.ts')).splitJob,
  estimate: async () => (await import('./estimate-job.ts')).estimateJob,
  'preview-augmentation': async () => (await import('./preview-job.ts')).previewJob,
  coach: async () => (await import('./coach-job.ts')).coachJob,
  choose: async () => (await import('./choose-job.ts')).chooseJob,
  'compare-transfer': async () => (await import('./compare-transfer-job.ts')).compareTransferJob,
  export: async () => (await import('./export-job.ts')).exportJob,
  evaluate: async () => (await import('./evaluate-job.ts')).evaluateJob,
  predict: async () => (await import('./predict-job.ts')).predictJob,
  explain: async () => (await import('./explain-job.ts')).explainJob,
  lab: async () => (await import('./lab-job.ts')).labJob,
  'add-backbone': async () => (await import('./add-backbone-job.ts')).addBackboneJob,
  probe: async () => (await import('./probe-job.ts')).probeJob,
  cache: async () => (await import('./cache-job.ts')).cacheJob,
  'draw-sample': async () => (await import('./draw-sample-job.ts')).drawSampleJob,
};
type Work<K extends JobKind> = (job: JobOf<K>, context: JobContext) => Promise<JobResults[K]>;

async function run<K extends JobKind>(kind: K, job: JobOf<K>): Promise<JobResults[K]> {
  const context: JobContext = {
    report: throttleProgress((event) => void send({ type: 'event', event }).catch(() => process.exit(1))), // the parent is gone
    stopSignal: stop.signal,
  };
  const work: Work<K> = await LOAD[kind]();
  return work(job, context);
}

async function work(job: Job): Promise<void> {
  try {
    await send({ type: 'result', value: await run(job.kind, job) });
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
  else if (message.type === 'pause') stop.abort(new EngineError('run/paused', 'The run was paused.'));
  else stop.abort(new EngineError('run/cancelled', 'The run was stopped.'));
});

/** The kind of job that will come, where the parent knows it already: loading can begin. */
const expected = Object.entries(LOAD).find(([kind]) => kind === process.argv[2]);
void expected?.[1]().catch(() => undefined); // the job itself meets the same error and reports it
