import type { Job, JobResults } from '../contract/jobs.ts';
import { runJob } from '../studio/worker-process.ts';
import { createProgressView } from './progress.ts';

/**
 * Runs a job in a worker and shows its progress. The first Ctrl-C stops it and keeps what it has, the second ends it at once.
 */
export async function runJobInTerminal<J extends Job>(job: J): Promise<JobResults[J['kind']]> {
  const stop = new AbortController();
  const kill = new AbortController();
  const onInterrupt = (): void => (stop.signal.aborted ? kill : stop).abort();
  const view = createProgressView();
  process.on('SIGINT', onInterrupt);
  process.once('SIGTERM', () => kill.abort());
  try {
    return await runJob(job, { onEvent: (event) => view.show(event), stopSignal: stop.signal, signal: kill.signal });
  } finally {
    view.end();
    process.off('SIGINT', onInterrupt);
  }
}
