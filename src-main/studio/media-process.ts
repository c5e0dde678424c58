import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { EngineError, fromWireError } from '../contract/errors.ts';
import type { ThumbnailReply, ThumbnailRequest } from '../contract/jobs.ts';
import { describeExit, endTree, keepTail, startChild } from './child-process.ts';
import type { Log } from './log.ts';

type Order = Omit<ThumbnailRequest, 'requestId'>;

interface Task {
  readonly order: Order;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
  /** Was in the worker when it crashed, together with others: it is tried again, alone. */
  isSuspect: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** A picture that takes longer hangs its decoder; the slowest honest ones (100 megapixels) take a few seconds. */
const TIMEOUT_MS = 30_000;

/** A picture that brings the picture worker down. It must not be tried again. */
export class BadPicture extends EngineError {}

/**
 * The one child that reads pictures for the screen, started when first needed and again after a crash. The newest
 * order goes first, because it is what the user looks at now; an order whose asker has left is dropped.
 */
export class MediaProcess {
  readonly #worker: string;
  readonly #log: Log;
  readonly #waiting: Task[] = [];
  readonly #inFlight = new Map<number, Task>();
  #child: ChildProcess | null = null;
  #lastRequestId = 0;
  #isClosed = false;

  constructor(worker: string, log: Log) {
    this.#worker = worker;
    this.#log = log;
  }

  /** Makes one thumbnail file. @throws EngineError `image/unreadable`; BadPicture if the picture crashed or hung the worker */
  make(order: Order, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject, signal, isSuspect: false, timer: undefined });
      this.#next();
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const task of [...this.#waiting.splice(0), ...this.#inFlight.values()]) {
      clearTimeout(task.timer);
      task.reject(left());
    }
    this.#inFlight.clear();
    if (this.#child !== null) endTree(this.#child, 'SIGKILL');
  }

  #next(): void {
    while (!this.#isClosed && this.#inFlight.size < availableParallelism()) {
      const isAlone = [...this.#inFlight.values()].some(({ isSuspect }) => isSuspect);
      const index = isAlone ? -1 : this.#choose();
      const [task] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (task === undefined) return;
      if (task.signal?.aborted) task.reject(left());
      else this.#send(task);
    }
  }

  /** Index of the next task: the newest, or a suspect once nothing else is under way. */
  #choose(): number {
    const newest = this.#waiting.findLastIndex(({ isSuspect }) => !isSuspect);
    if (newest >= 0 || this.#inFlight.size > 0) return newest;
    return this.#waiting.length - 1;
  }

  #send(task: Task): void {
    const requestId = ++this.#lastRequestId;
    let child: ChildProcess;
    try {
      child = this.#child ??= this.#start();
    } catch (error) {
      task.reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#inFlight.set(requestId, task);
    task.timer = setTimeout(() => {
      this.#inFlight.delete(requestId);
      this.#reportBad(task, `it could not be read within ${TIMEOUT_MS / 1000} seconds`);
      endTree(child, 'SIGKILL'); // the others in it are tried again
    }, TIMEOUT_MS);
    const request: ThumbnailRequest = { requestId, ...task.order };
    child.send(request, () => undefined); // a dead worker is dealt with on its exit
  }

  #start(): ChildProcess {
    const child = startChild(this.#worker);
    const tail = keepTail(child);
    child.on('message', (raw) => this.#answer(raw as ThumbnailReply)); // our own program
    const onEnd = (what: string, isCrash: boolean, cause: unknown) => {
      this.#child = null;
      if (this.#isClosed) return;
      this.#log.error(`The picture worker ended: ${what}`, cause);
      this.#recover(what, isCrash);
    };
    child.once('error', (error) => {
      if (child.pid === undefined) onEnd(`it cannot be started: ${error.message}`, false, error);
    });
    child.once('close', (code, signal) => {
      const isCrash = (code ?? 0) > 128 || (signal !== null && signal !== 'SIGTERM');
      if (child.pid !== undefined) onEnd(describeExit(code, signal, tail()), isCrash, tail());
    });
    return child;
  }

  #answer({ requestId, error }: ThumbnailReply): void {
    const task = this.#inFlight.get(requestId);
    if (task === undefined) return;
    this.#inFlight.delete(requestId);
    clearTimeout(task.timer);
    if (error === null) task.resolve();
    else task.reject(fromWireError(error));
    this.#next();
  }

  /**
   * After a crash a picture that was alone in the worker did it; of several, each is tried again alone. A worker that
   * ends by itself, because a package is missing for instance, is no picture's fault.
   */
  #recover(what: string, isCrash: boolean): void {
    const [...tasks] = this.#inFlight.values();
    this.#inFlight.clear();
    for (const task of tasks) {
      clearTimeout(task.timer);
      if (!isCrash) task.reject(new Error(`The picture worker ended: ${what}`));
      else if (tasks.length === 1) this.#reportBad(task, `reading it broke off: ${what}`);
      else this.#waiting.push(Object.assign(task, { isSuspect: true }));
    }
    this.#next();
  }

  #reportBad({ order, reject }: Task, what: string): void {
    this.#log.error(`Bad picture ${order.sourceFile}: ${what}`);
    const message = `The picture ${order.sourceFile} cannot be shown: ${what}. Replace it, or save it again as a JPEG.`;
    reject(new BadPicture('image/unreadable', message, { file: order.sourceFile }));
  }
}

function left(): EngineError {
  return new EngineError('run/cancelled', 'Nobody waits for this picture any more.');
}
