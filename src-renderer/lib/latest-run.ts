/** Which run a screen shows. */
import type { RunSummary } from '../../src-main/contract/procedures.ts';

/**
 * The latest run that was started to be used, not to be compared with another.
 *
 * @param runs  the newest first.
 */
export function latestRun(runs: readonly RunSummary[]): RunSummary | null {
  return runs.find(({ isComparison }) => !isComparison) ?? null;
}

/** The run that an address names; where it names none, the latest. Null: there is none such. */
export function runAt(runs: readonly RunSummary[], runId: string | null): RunSummary | null {
  return runId === null ? latestRun(runs) : (runs.find(({ id }) => id === runId) ?? null);
}
