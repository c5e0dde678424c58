/** How a run, or a sitting of it, ends. */
import { EngineError, type WireError } from '../contract/errors.ts';
import type { RunEvent, RunStatus } from '../contract/events.ts';
import type { RunSummary } from '../contract/procedures.ts';
import type { TrainReport } from '../contract/results.ts';

export type Ending = Pick<RunSummary, 'status' | 'report'> & { readonly error: WireError | null };

/** How a run may stand that can go on. */
const RESUMABLE: readonly RunStatus[] = ['paused', 'interrupted', 'failed'];

/** How the events say that the run ended; null where they do not. */
export function endOf(events: readonly RunEvent[]): Ending | null {
  const last = events.at(-1)?.event;
  if (last?.type === 'finished') {
    return { status: last.stoppedEarly ? 'stopped' : 'finished', report: last.report, error: null };
  }
  if (last?.type === 'cancelled') return { status: 'stopped', report: null, error: null };
  if (last?.type === 'paused') return { status: 'paused', report: null, error: null };
  if (last?.type !== 'failed') return null;
  return { status: last.error.code === 'run/interrupted' ? 'interrupted' : 'failed', report: null, error: last.error };
}

export function interrupted(): EngineError {
  return new EngineError(
    'run/interrupted',
    'Fovea was closed while this run was going. Resume it, or start it again with the same settings.',
  );
}

/** The worker knows of its own sitting: phases are those of the last one, the total is that of all. */
export function withEarlierSeconds(report: TrainReport, seconds: number): TrainReport {
  return { ...report, seconds: { ...report.seconds, total: report.seconds.total + seconds } };
}

/** @throws EngineError `run/not-resumable` */
export function requireResumable({ number, status }: RunSummary): void {
  if (RESUMABLE.includes(status)) return;
  throw new EngineError(
    'run/not-resumable',
    `Run ${number} cannot be resumed: it is ${status}. Only a run that is ${RESUMABLE.join(', ')} can; start a new one.`,
    { number, status },
  );
}
