import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { EngineError, toWireError, type WireError } from '../contract/errors.ts';
import type { RunEvent, RunStatus, WorkerEvent } from '../contract/events.ts';
import type { RunSummary } from '../contract/procedures.ts';
import type { TrainReport } from '../contract/results.ts';
import { writeFileDurably } from '../system/durable-file.ts';
import type { Lanes } from './lanes.ts';
import type { Log } from './log.ts';
import { createRepeatFilter } from './repeated-events.ts';
import { endOf, interrupted, requireResumable, withEarlierSeconds, type Ending } from './run-ending.ts';
import { EventLog, readEvents } from './run-events.ts';
import { CHECKPOINT_FILE, eventsFile, MANIFEST_FILE, type RunFile, type RunPlace } from './run-file.ts';

/** Progress is passed on at most this often; stages, epochs and the last of a stage always are. */
const PROGRESS_EVERY_MS = 100;
/** How long a worker may take to stop by itself: longer where there is a best epoch to keep. */
const STOP_GRACE_MS = { withoutEpoch: 10_000, withEpoch: 120_000 };

/** Asks of one sitting. */
interface Wishes {
  readonly stop: AbortController;
  readonly pause: AbortController;
  readonly kill: AbortController;
}

/** One training run: its files, its events, how it stands. It may take several sittings. */
export class Run {
  readonly place: RunPlace;
  #file: RunFile;
  #status: RunStatus = 'queued';
  #report: TrainReport | null = null;
  #error: WireError | null = null;
  /** While it waits or runs; afterwards its file is read. */
  #events: EventLog | null = null;
  readonly #waiting = new Set<() => void>();
  #wishes = noWishes();

  private constructor(place: RunPlace, file: RunFile) {
    this.place = place;
    this.#file = file;
  }

  /** A new run, in the queue. Its folder and manifest are there already. */
  static async create(place: RunPlace, file: RunFile, log: Log): Promise<Run> {
    const run = new Run(place, file);
    await run.#save(file);
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

  get file(): RunFile {
    return this.#file;
  }

  get isOver(): boolean {
    return this.#status !== 'queued' && this.#status !== 'running';
  }

  summary(): RunSummary {
    const { id, projectId } = this.place;
    const { number, name, isComparison, config, createdAt } = this.#file;
    const problem = this.#error === null ? null : { code: this.#error.code, message: this.#error.message };
    const [status, report] = [this.#status, this.#report];
    return { id, projectId, number, name, isComparison, status, config, createdAt, report, problem };
  }

  async rename(name: string | null): Promise<void> {
    await this.#save({ ...this.#file, name });
  }

  async #save(file: RunFile): Promise<void> {
    await writeFileDurably(join(this.place.folder, 'config.json'), JSON.stringify(file, null, 2));
    this.#file = file;
  }

  /** Puts a run into the queue again; `execute` is to follow. @throws EngineError `run/not-resumable` */
  async resume(log: Log): Promise<void> {
    requireResumable(this.summary());
    this.#status = 'queued'; // at once: a second call is refused
    this.#wishes = noWishes();
    const events = await EventLog.open(eventsFile(this.place), log);
    events.append({ type: 'resumed' }, events.events.at(-1)?.atMs ?? 0);
    this.#events = events;
    this.#error = null;
  }

  /**
   * Runs to the end of this sitting, whatever that is, and never throws.
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
    if (events === null) throw new Error('A run is executed once, and again after it was resumed');
    const { stop, pause, kill } = this.#wishes;
    const earlier = [...events.events];
    const earlierMs = earlier.at(-1)?.atMs ?? 0;
    const isNew = createRepeatFilter(earlier);
    let startedAt = performance.now();
    let lastProgressAt = -Infinity;
    const elapsedMs = () => earlierMs + performance.now() - startedAt;
    const add = (event: RunEvent['event']) => {
      events.append(event, elapsedMs());
      this.#notify();
    };
    const onEvent = (event: WorkerEvent) => {
      if (!isNew(event)) return;
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
          folder: this.#file.folder,
          manifestFile: join(folder, MANIFEST_FILE),
          config: this.#file.config,
          modelFolder: join(folder, 'model'),
          exports: null,
          checkpointFile: join(folder, CHECKPOINT_FILE),
          earlierDiagnostics: earlier.flatMap(({ event }) => (event.type === 'diagnostics' ? [event] : [])),
        },
        { onStart, onEvent, stopSignal: stop.signal, pauseSignal: pause.signal, signal: kill.signal },
      );
      const report = withEarlierSeconds(result.report, earlierMs / 1000);
      await writeFileDurably(join(folder, 'evaluation.json'), JSON.stringify(result.evaluation));
      await writeFileDurably(join(folder, 'report.json'), JSON.stringify(report, null, 2));
      await keep(report);
      add({ type: 'finished', stoppedEarly: result.stoppedEarly && stop.signal.aborted, report });
    } catch (error) {
      const code = error instanceof EngineError ? error.code : null;
      const isCancelled = code === 'run/cancelled' || code === 'run/paused';
      if (!isCancelled) log.error(`Run ${this.place.id} failed`, error);
      if (!isCancelled) add({ type: 'failed', error: toWireError(error) });
      else if (pause.signal.aborted) add({ type: 'paused' });
      else if (isClosing()) add({ type: 'failed', error: toWireError(interrupted()) });
      else add({ type: 'cancelled' });
    }
    const end = endOf(events.events);
    await events.close();
    if (end !== null) this.#finish(end);
  }

  /** Asks the worker to stop and keep its best epoch; ends it if it does not listen. A waiting run just leaves the queue. */
  stop(): void {
    const { stop, pause, kill } = this.#wishes;
    if (this.isOver || stop.signal.aborted || pause.signal.aborted) return;
    stop.abort();
    if (this.#status === 'queued') kill.abort();
    const hasEpoch = this.#events?.events.some(({ event }) => event.type === 'epoch') ?? false;
    const graceMs = hasEpoch ? STOP_GRACE_MS.withEpoch : STOP_GRACE_MS.withoutEpoch;
    void delay(graceMs, undefined, { ref: false }).then(() => kill.abort());
  }

  /** Asks the worker to keep where it stands and to end; ends it if it does not listen. A waiting run just leaves the queue. */
  pause(): void {
    const { stop, pause, kill } = this.#wishes;
    if (this.isOver || stop.signal.aborted || pause.signal.aborted) return;
    pause.abort();
    if (this.#status === 'queued') kill.abort();
    void delay(STOP_GRACE_MS.withEpoch, undefined, { ref: false }).then(() => kill.abort());
  }

  /** Ends it at once, keeping nothing. */
  kill(): void {
    this.#wishes.kill.abort();
  }

  /** Gives up a run that waits to be resumed. */
  async giveUp(log: Log): Promise<void> {
    if (this.#status !== 'paused') return;
    this.#status = 'stopped';
    const events = await EventLog.open(eventsFile(this.place), log);
    events.append({ type: 'cancelled' }, events.events.at(-1)?.atMs ?? 0);
    await events.close();
    await rm(join(this.place.folder, CHECKPOINT_FILE), { force: true });
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

function noWishes(): Wishes {
  return { stop: new AbortController(), pause: new AbortController(), kill: new AbortController() };
}
