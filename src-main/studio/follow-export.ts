import { setTimeout as delay } from 'node:timers/promises';
import type { ExportEvent, WorkerEvent } from '../contract/events.ts';
import type { ExportResult } from '../contract/results.ts';
import type { LaneOptions } from './lanes.ts';

/** How long a worker may take to stop by itself and clear up: the writing of a format. */
const STOP_GRACE_MS = 10_000;

/**
 * An export's events as they come, its result last; of pictures that are checked, whoever reads slowly sees the latest alone.
 *
 * @param start   begins the job.
 * @param signal  aborted when nobody waits any more: the job then stops, as it does when reading ends, and clears up what it has half-written.
 */
export async function* followExport(
  start: (options: LaneOptions) => Promise<ExportResult>,
  signal?: AbortSignal,
): AsyncGenerator<ExportEvent, void> {
  const stop = new AbortController();
  const kill = new AbortController();
  const unseen: ExportEvent[] = [];
  let wake = (): void => undefined;
  let state: 'queued' | 'running' | 'over' = 'queued';
  const leave = (): void => {
    if (state === 'over') return;
    stop.abort();
    if (state === 'queued') kill.abort();
    else void delay(STOP_GRACE_MS, undefined, { ref: false }).then(() => kill.abort());
  };
  const job = start({
    signal: kill.signal,
    stopSignal: stop.signal,
    onStart: () => (state = 'running'),
    onEvent(event) {
      const told = toExportEvent(event);
      if (told === null) return;
      if (told.type === 'checking' && unseen.at(-1)?.type === 'checking') unseen.pop();
      unseen.push(told);
      wake();
    },
  }).finally(() => {
    state = 'over';
    wake();
  });
  job.catch(() => undefined); // met below
  signal?.addEventListener('abort', leave);
  if (signal?.aborted) leave();
  const isOver = (): boolean => state === 'over';
  try {
    while (!isOver() || unseen.length > 0) {
      if (unseen.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      yield* unseen.splice(0);
    }
    yield { type: 'finished', ...(await job) };
  } finally {
    signal?.removeEventListener('abort', leave);
    leave();
  }
}

/** What the page is told of what the worker reports; null: nothing. */
function toExportEvent(event: WorkerEvent): ExportEvent | null {
  if (event.type === 'writing' || event.type === 'exported') return event;
  if (event.type === 'progress') return { type: 'checking', done: event.done, total: event.total };
  return null;
}
