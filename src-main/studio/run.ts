import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError, toWireError, type WireError } from '../contract/errors.ts';
import type { RunEvent, RunStatus, WorkerEvent } from '../contract/events.ts';
import type { RunSummary } from '../contract/procedures.ts';
import type { TrainReport } from '../contract/results.ts';
import { trainConfig } from '../contract/training.ts';
import { writeFileDurably } from '../system/durable-file.ts';
import type { Lanes } from './lanes.ts';
import type { Log } from './log.ts';
import { EventLog, readEvents } from './run-events.ts';

/** `config.json`: what a run was started with. */
export const runFile = z.object({
  version: z.literal(1),
  number: z.int(),
  createdAt: z.iso.datetime(),
  config: trainConfig,
  /** The folder that the pictures of the run's `dataset.jsonl` are relative to. */
  folder: z.string(),
  /** Ids of those of its classes whose name, when it was started, was another. */
  classIds: z.array(z.object({ name: z.string(), id: z.string() })).default([]),
});
export type RunFile = z.infer<typeof runFile>;

/** Its pictures, as they were when it was started. */
export const MANIFEST_FILE = 'dataset.jsonl';

/** Where fine-tuning keeps how far it is. */
export const CHECKPOINT_FILE = 'checkpoint.bin';

/** Progress is passed on at most this often; stages, epochs and the last of a stage always are. */
const PROGRESS_EVERY_MS = 100;
/** How long a worker may take to stop by itself: longer where there is a best epoch to keep. */
const STOP_GRACE_MS = { withoutEpoch: 10_000, withEpoch: 120_000 };

export interface RunPlace {
  readonly id: string;
  readonly projectId: string;
  readonly folder: string;
}

type Ending = Pick<RunSummary, 'status' | 'report'> & { readonly error: WireError | null };

/** One training run: its files, its events, how it stands. */
export class Run {
  readonly place: RunPlace;
  readonly file: RunFile;
  #status: RunStatus = 'queued';
  #report: TrainReport | null = null;
  #error: WireError | null = null;
  /** While it waits or runs; afterwards its file is read. */
  #events: EventLog | null = null;
  readonly #waiting = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();

  private constructor(place: RunPlace, file: RunFile) {
    this.place = place;
    this.file = file;
  }

  /** A new run, in the queue. Its folder and manifest are there already. */
  static async create(place: RunPlace, file: RunFile, log: Log): Promise<Run> {
    const run = new Run(place, file);
    await writeFileDurably(join(place.folder, 'config.json'), JSON.stringify(file, null, 2));
    run.#events = await EventLog.open(eventsFile(place), log);
    return run;
  }

  /** A run of an earlier session. One without an end was cut off together with the app: it gets the end that tells so. */
  static async load(place: RunPlace, file: RunFile, log: Log): Promise<Run> {
    const run = new Run(place, file);
    const { events } = await readEvents(eventsFile(place));
    let end = endOf(events);
    if (end === null) {
      const cutOff = await EventLog.open(eventsFile(place), log);
      cutOff.append({ type: 'failed', error: toWireError(interrupted()) }, events.at(-1)?.atMs ?? 0);
      end = endOf(cutOff.events);
      await cutOff.close();
    }
    if (end !== null) run.#finish(end);
    return run;
  }

  get isOver(): boolean {
    return this.#status !== 'queued' && this.#status !== 'running';
  }

  summary(): RunSummary {
    const { id, projectId } = this.place;
    const { number, config, createdAt } = this.file;
    const problem = this.#error === null ? null : { code: this.#error.code, message: this.#error.message };
    return { id, projectId, number, status: this.#status, config, createdAt, report: this.#report, problem };
  }

  /**
   * Runs to its end, whatever that is, and never throws.
   *
   * @param isClosing  whether the app is being closed.
   * @param keep       what else keeps the report; whoever hears of the end finds it there.
   */
  async execute(
    lanes: Lanes,
    log: Log,
    isClosing: () => boolean,
    keep: (report: TrainReport) => Promise<void>,
  ): Promise<void> {
    const events = this.#events;
    if (events === null) throw new Error('A run is executed once');
    let startedAt = performance.now();
    let lastProgressAt = -Infinity;
    const elapsedMs = () => performance.now() - startedAt;
    const add = (event: RunEvent['event']) => {
      events.append(event, elapsedMs());
      this.#notify();
    };
    const onEvent = (event: WorkerEvent) => {
      if (event.type === 'progress' && event.done < event.total) {
        if (elapsedMs() - lastProgressAt < PROGRESS_EVERY_MS) return;
        lastProgressAt = elapsedMs();
      }
      add(event);
    };
    const onStart = () => {
      startedAt = performance.now();
      this.#status = 'running';
    };
    try {
      const { folder } = this.place;
      const result = await lanes.heavy(
        this.place.projectId,
        {
          kind: 'train',
          folder: this.file.folder,
          manifestFile: join(folder, MANIFEST_FILE),
          config: this.file.config,
          modelFolder: join(folder, 'model'),
          exports: null,
          checkpointFile: join(folder, CHECKPOINT_FILE),
        },
        { onStart, onEvent, stopSignal: this.#stop.signal, signal: this.#kill.signal },
      );
      await writeFileDurably(join(folder, 'evaluation.json'), JSON.stringify(result.evaluation));
      await writeFileDurably(join(folder, 'report.json'), JSON.stringify(result.report, null, 2));
      await keep(result.report);
      add({ type: 'finished', stoppedEarly: result.stoppedEarly && this.#stop.signal.aborted, report: result.report });
    } catch (error) {
      const isCancelled = error instanceof EngineError && error.code === 'run/cancelled';
      if (!isCancelled) log.error(`Run ${this.place.id} failed`, error);
      if (!isCancelled) add({ type: 'failed', error: toWireError(error) });
      else if (isClosing()) add({ type: 'failed', error: toWireError(interrupted()) });
      else add({ type: 'cancelled' });
    }
    const end = endOf(events.events);
    await events.close();
    if (end !== null) this.#finish(end);
  }

  /** Asks the worker to stop and keep its best epoch; ends it if it does not listen. A waiting run just leaves the queue. */
  stop(): void {
    if (this.isOver || this.#stop.signal.aborted) return;
    this.#stop.abort();
    if (this.#status === 'queued') this.#kill.abort();
    const hasEpoch = this.#events?.events.some(({ event }) => event.type === 'epoch') ?? false;
    const graceMs = hasEpoch ? STOP_GRACE_MS.withEpoch : STOP_GRACE_MS.withoutEpoch;
    void delay(graceMs, undefined, { ref: false }).then(() => this.#kill.abort());
  }

  /** Every event after number `after`: those of the past at once, the others as they come. Ends with the run or on `signal`. */
  async *follow(after: number, signal?: AbortSignal): AsyncGenerator<RunEvent, void> {
    const live = this.#events;
    const events = live === null ? (await readEvents(eventsFile(this.place))).events : live.events;
    for (let next = after; !signal?.aborted;) {
      const event = events[next];
      if (event !== undefined) {
        next += 1;
        yield event;
      } else if (live === null || this.isOver) return;
      else await this.#change(signal);
    }
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  #notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #finish({ status, report, error }: Ending): void {
    this.#status = status;
    this.#report = report;
    this.#error = error;
    this.#events = null;
    this.#notify();
  }
}

function eventsFile({ folder }: RunPlace): string {
  return join(folder, 'events.jsonl');
}

/** How the events say that the run ended; null where they do not. */
function endOf(events: readonly RunEvent[]): Ending | null {
  const last = events.at(-1)?.event;
  if (last?.type === 'finished') {
    return { status: last.stoppedEarly ? 'stopped' : 'finished', report: last.report, error: null };
  }
  if (last?.type === 'cancelled') return { status: 'stopped', report: null, error: null };
  if (last?.type !== 'failed') return null;
  return { status: last.error.code === 'run/interrupted' ? 'interrupted' : 'failed', report: null, error: last.error };
}

function interrupted(): EngineError {
  return new EngineError(
    'run/interrupted',
    'Fovea was closed while this run was going. Start it again with the same settings.',
  );
}
