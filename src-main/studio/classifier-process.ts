import type { ChildProcess } from 'node:child_process';
import { EngineError, fromWireError } from '../contract/errors.ts';
import type { FromClassifier, ServedModel, ToClassifier, Verdict } from '../contract/model-service.ts';
import { describeExit, endTree, keepTail, startChild } from './child-process.ts';
import type { Log } from './log.ts';

interface Task {
  readonly bytes: Uint8Array;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
  /** Was in the worker when it crashed, together with others: it is tried again, alone. */
  isSuspect: boolean;
}

interface Batch {
  readonly tasks: readonly Task[];
  readonly timer: NodeJS.Timeout;
}

/** Who is told whether the child could open the model. */
interface Opening {
  readonly resolve: (model: ServedModel) => void;
  readonly reject: (error: Error) => void;
}

/** Pictures that go through the network together; more gain nothing on a processor. */
const BATCH_PICTURES = 16;

/** What a batch may weigh, one picture apart: it is copied on its way to the worker. */
const BATCH_BYTES = 32 * 2 ** 20;

/** One batch is decoded while another runs through the network. */
const BATCHES_AT_ONCE = 2;

/** Sixteen pictures of 100 megapixels take a minute on a slow machine; what takes longer hangs its decoder. */
const BATCH_LIMIT_MS = 120_000;

export interface ClassifierProcessOptions {
  readonly modelFolder: string;
  /** The program that does the work: this build's `classify.js`. */
  readonly worker: string;
  readonly log: Log;
}

/**
 * The child that holds an open model. Pictures that wait together run together, whoever sent them. After a crash it is
 * started again with the next picture.
 */
export class ClassifierProcess {
  readonly #options: ClassifierProcessOptions;
  readonly #waiting: Task[] = [];
  readonly #inFlight = new Map<number, Batch>();
  #child: ChildProcess | null = null;
  /** Set until the present child has said whether it could open the model. */
  #opening: Opening | null = null;
  #lastBatchId = 0;
  #isClosed = false;

  constructor(options: ClassifierProcessOptions) {
    this.#options = options;
  }

  /**
   * Starts the process and opens the model.
   *
   * @throws EngineError `model/not-found`, `model/corrupt`; `run/crashed` if the process broke off
   */
  open(): Promise<ServedModel> {
    return new Promise((resolve, reject) => {
      this.#child = this.#start({ resolve, reject });
    });
  }

  /**
   * Classifies one picture: bytes of a file, borrowed until the promise settles.
   *
   * @throws EngineError  `run/cancelled` if the signal aborts before its turn, or on `close`; `run/crashed` or what the
   *                      worker says, where no picture could be classified at all. A bad picture is a verdict.
   */
  classify(bytes: Uint8Array, signal?: AbortSignal): Promise<Verdict> {
    if (this.#isClosed) return Promise.reject(left());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject, signal, isSuspect: false });
      // once those that came with it are there too
      setImmediate(() => this.#next());
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#rejectAll(left());
    if (this.#child !== null) endTree(this.#child, 'SIGKILL');
  }

  #next(): void {
    while (!this.#isClosed && this.#inFlight.size < BATCHES_AT_ONCE) {
      const tasks = this.#take();
      if (tasks.length === 0) return;
      this.#send(tasks);
    }
  }

  /** The next batch, without what nobody waits for any more; empty where there is none for now. */
  #take(): Task[] {
    for (const task of this.#waiting.filter(({ signal }) => signal?.aborted)) {
      this.#waiting.splice(this.#waiting.indexOf(task), 1);
      task.reject(left());
    }
    const isAlone = [...this.#inFlight.values()].some(({ tasks }) => tasks[0]?.isSuspect);
    const [first] = this.#waiting;
    if (first === undefined || isAlone || (first.isSuspect && this.#inFlight.size > 0)) return [];
    if (first.isSuspect) return this.#waiting.splice(0, 1);
    let count = 1;
    let bytes = first.bytes.length;
    for (; count < Math.min(BATCH_PICTURES, this.#waiting.length); count++) {
      bytes += this.#waiting[count]?.bytes.length ?? 0;
      if (bytes > BATCH_BYTES) break;
    }
    return this.#waiting.splice(0, count);
  }

  #send(tasks: readonly Task[]): void {
    let child: ChildProcess;
    try {
      child = this.#child ??= this.#start(null);
    } catch (error) {
      for (const { reject } of tasks) reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const batchId = ++this.#lastBatchId;
    const timer = setTimeout(() => {
      this.#options.log.error(`Pictures were not classified within ${BATCH_LIMIT_MS / 1000} seconds`);
      endTree(child, 'SIGKILL'); // its exit says which
    }, BATCH_LIMIT_MS);
    this.#inFlight.set(batchId, { tasks, timer });
    post(child, { type: 'classify', batchId, pictures: tasks.map(({ bytes }) => bytes) });
  }

  #start(opening: Opening | null): ChildProcess {
    const child = startChild(this.#options.worker);
    const tail = keepTail(child);
    this.#opening = opening ?? { resolve: () => undefined, reject: (error) => this.#rejectAll(error) };
    child.on('message', (raw) => this.#answer(child, raw as FromClassifier)); // our own program
    const onEnd = (what: string, cause: unknown) => {
      if (this.#child !== child) return; // ended by us: it could not open the model
      this.#child = null;
      if (this.#isClosed) return;
      this.#options.log.error(`The classifying worker ended: ${what}`, cause);
      this.#recover(what);
    };
    child.once('error', (error) => {
      if (child.pid === undefined) onEnd(`it cannot be started: ${error.message}`, error);
    });
    child.once('close', (code, signal) => {
      if (child.pid !== undefined) onEnd(describeExit(code, signal, tail()), tail());
    });
    post(child, { type: 'open', modelFolder: this.#options.modelFolder });
    return child;
  }

  #answer(child: ChildProcess, message: FromClassifier): void {
    if ('stack' in message && message.stack !== null) this.#options.log.error('Classifying failed', message.stack);
    if (message.type === 'opened') {
      this.#opening?.resolve(message.model);
      this.#opening = null;
      return;
    }
    if (message.type === 'not-opened') {
      this.#child = null;
      this.#opening?.reject(fromWireError(message.error));
      this.#opening = null;
      endTree(child, 'SIGKILL');
      return;
    }
    const batch = this.#inFlight.get(message.batchId);
    if (batch === undefined) return;
    this.#inFlight.delete(message.batchId);
    clearTimeout(batch.timer);
    for (const [index, task] of batch.tasks.entries()) {
      const verdict = message.type === 'classified' ? message.verdicts[index] : undefined;
      if (verdict !== undefined) task.resolve(verdict);
      else task.reject(message.type === 'failed' ? fromWireError(message.error) : new Error('A verdict is missing'));
    }
    this.#next();
  }

  /**
   * After a crash a picture that was alone in the worker did it; of several, each is tried again alone, before all
   * others. A worker that breaks off before it has opened the model is no picture's fault.
   */
  #recover(what: string): void {
    if (this.#opening !== null) {
      this.#opening.reject(crashed(what));
      this.#opening = null;
      return;
    }
    const batches = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { timer } of batches) clearTimeout(timer);
    const tasks = batches.flatMap(({ tasks }) => tasks);
    if (tasks.length === 1) tasks[0]?.resolve({ ok: false, reason: `reading it broke off: ${what}` });
    else this.#waiting.unshift(...tasks.map((task) => Object.assign(task, { isSuspect: true })));
    this.#next();
  }

  #rejectAll(error: Error): void {
    const batches = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { timer } of batches) clearTimeout(timer);
    for (const task of [...batches.flatMap(({ tasks }) => tasks), ...this.#waiting.splice(0)]) task.reject(error);
  }
}

function post(child: ChildProcess, message: ToClassifier): void {
  child.send(message, () => undefined); // a dead worker is dealt with on its exit
}

function left(): EngineError {
  return new EngineError('run/cancelled', 'Nobody waits for this picture any more.');
}

function crashed(what: string): EngineError {
  return new EngineError(
    'run/crashed',
    `The process that holds the model broke off: ${what}. Close other programs to free memory and try again.`,
  );
}
