import type { RunEvent, RunStatus } from '../../src-main/contract/events.ts';
import type { RunSummary } from '../../src-main/contract/procedures.ts';
import type { Client } from '../client/client.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';
import { applyEvents, bestEpoch, NO_PROGRESS, overallFraction, type RunProgress } from '../lib/run-progress.ts';

/** A replay brings thousands of events at once: they are shown together. */
const FLUSH_MS = 32;
const RETRY_MS = [500, 1000, 2000, 5000] as const;

/**
 * One run, followed from its first event to its last. After a reload the past comes first; after a lost connection
 * following goes on behind the last event seen.
 */
export class RunState {
  summary = $state.raw<RunSummary>() as RunSummary; // set first thing in the constructor
  progress = $state.raw<RunProgress>(NO_PROGRESS);
  /** Set while the connection is lost, and when following was refused. */
  problem = $state.raw<Problem | null>(null);
  /** True once the past has been replayed or there was nothing to follow. */
  isCaughtUp = $state(false);
  readonly best = $derived(bestEpoch(this.progress.epochs));
  readonly fraction = $derived(overallFraction(this.progress, this.summary.config.mode));
  readonly isLive = $derived(
    this.progress.end === null && (this.summary.status === 'running' || this.summary.status === 'queued'),
  );
  /** What the events say is newer than the summary. */
  readonly status = $derived<RunStatus>(statusOf(this.progress, this.summary));
  /** When the last event came in, by this page's clock: the run's own clock goes on from there. */
  lastSeenAt = $state(performance.now());

  readonly #abort = new AbortController();
  #pending: RunEvent[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly client: Client,
    summary: RunSummary,
    readonly onEnd: () => void,
  ) {
    this.summary = summary;
    void this.#follow();
  }

  /** Milliseconds since the run began, at a moment of this page's clock. */
  elapsedMs(now: number): number {
    if (!this.isLive) return this.progress.lastAtMs;
    return this.progress.lastAtMs + Math.max(0, now - this.lastSeenAt);
  }

  async stop(): Promise<void> {
    this.summary = await this.client.runs.stop({ projectId: this.summary.projectId, runId: this.summary.id });
  }

  async pause(): Promise<void> {
    this.summary = await this.client.runs.pause({ projectId: this.summary.projectId, runId: this.summary.id });
  }

  /** Goes on with a run that is paused, interrupted or failed, and follows it again. */
  async resume(): Promise<void> {
    this.goOn(await this.client.runs.resume({ projectId: this.summary.projectId, runId: this.summary.id }));
  }

  /** It was resumed, here or in another tab. */
  goOn(summary: RunSummary): void {
    this.summary = summary;
    this.progress = { ...this.progress, end: null }; // its events say so too, a moment later
    this.lastSeenAt = performance.now();
    void this.#follow();
  }

  async #follow(): Promise<void> {
    const { projectId, id: runId } = this.summary;
    const { signal } = this.#abort;
    const wasLive = this.isLive;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const events = await this.client.runs.follow({ projectId, runId, after: this.progress.lastSeq }, { signal });
        this.problem = null;
        for await (const event of events) {
          attempt = 0;
          this.#receive(event);
        }
        this.#flush();
        this.isCaughtUp = true;
        this.summary = await this.client.runs.get({ projectId, runId }, { signal });
        if (!this.isLive) break;
      } catch (error) {
        if (signal.aborted || isCancelled(error)) return;
        this.#flush();
        this.isCaughtUp = true;
        this.problem = toProblem(error);
        if (this.problem.code !== 'connection/lost' && attempt >= RETRY_MS.length) return;
      }
      await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 1000, signal);
    }
    if (wasLive && !signal.aborted) this.onEnd();
  }

  #receive(event: RunEvent): void {
    this.#pending.push(event);
    this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#pending.length === 0) return;
    this.progress = applyEvents(this.progress, this.#pending);
    this.#pending = [];
    this.lastSeenAt = performance.now();
    this.isCaughtUp = true;
  }

  dispose(): void {
    this.#abort.abort();
    clearTimeout(this.#flushTimer);
  }
}

function statusOf({ end, stages }: RunProgress, summary: RunSummary): RunStatus {
  if (end?.type === 'failed') return end.error.code === 'run/interrupted' ? 'interrupted' : 'failed';
  if (end?.type === 'paused') return 'paused';
  return end === null && summary.status === 'queued' && stages.length > 0 ? 'running' : summary.status;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
