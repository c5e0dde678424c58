import { join } from 'node:path';
import type { Job, JobResults } from '../contract/jobs.ts';
import { openLog } from '../studio/log.ts';
import { defaultDataFolder } from '../system/data-folder.ts';
import { runJob } from '../studio/worker-process.ts';
import type { WorkerEvent } from '../contract/events.ts';
import { takeEarlyWorker } from './early-worker.ts';
import { createProgressView } from './progress.ts';

/**
 * Runs a job in a worker and shows its progress. The first Ctrl-C stops it and keeps what it has, the second ends it at once.
 */
export async function runJobInTerminal<J extends Job>(job: J): Promise<JobResults[J['kind']]> {
  const stop = new AbortController();
  const kill = new AbortController();
  const onInterrupt = (): void => (stop.signal.aborted ? kill : stop).abort();
  const view = createProgressView();
  const log = openLog(logFolder());
  process.on('SIGINT', onInterrupt);
  process.once('SIGTERM', () => kill.abort());
  try {
    const onEvent = (event: WorkerEvent): void => view.show(event);
    return await runJob(job, { child: takeEarlyWorker(), onEvent, stopSignal: stop.signal, signal: kill.signal, log });
  } finally {
    view.end();
    await log.close();
    process.off('SIGINT', onInterrupt);
  }
}

/** Where stacks go, and what a native library said before it crashed. */
export function logFolder(): string {
  return join(defaultDataFolder(), 'logs');
}
