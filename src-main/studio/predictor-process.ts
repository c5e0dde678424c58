import type { ChildProcess } from 'node:child_process';
import { EngineError, fromWireError } from '../contract/errors.ts';
import type { PredictAnswer, PredictReply, PredictRequest } from '../contract/jobs.ts';
import { describeExit, endTree, keepTail, startChild } from './child-process.ts';
import type { Log } from './log.ts';

export type PredictOrder = Omit<PredictRequest, 'requestId'>;

interface Task {
  readonly order: PredictOrder;
  readonly resolve: (answer: PredictAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Decoding of the next goes on while the network runs; more would only keep an asker who leaves from being dropped. */
const MOST_IN_FLIGHT = 4;

/** The first answer waits for the model to be loaded; a picture that takes longer hangs its decoder. */
const TIMEOUT_MS = 60_000;

/** A child that holds one model and answers for pictures in the order in which they come. */
export class PredictorProcess {
  readonly #child: ChildProcess;
  readonly #log: Log;
  readonly #waiting: Task[] = [];
  readonly #inFlight = new Map<number, Task>();
  #lastRequestId = 0;
  #isClosed = false;

  /** @param onEnd  called once, when the child is gone and nothing can be asked any more. */
  constructor(worker: string, modelFolder: string, log: Log, onEnd: () => void) {
    this.#log = log;
    this.#child = startChild(worker, [modelFolder]);
    const tail = keepTail(this.#child);
    this.#child.on('message', (raw) => this.#answer(raw as PredictReply)); // our own program
    const end = (what: string, cause: unknown) => {
      onEnd();
      if (this.#isClosed) return;
      log.error(`The predictor of ${modelFolder} ended: ${what}`, cause);
      this.#end(crashed(what));
    };
    this.#child.once('error', (error) => {
      if (this.#child.pid === undefined) end(`it cannot be started: ${error.message}`, error);
    });
    this.#child.once('close', (code, signal) => {
      if (this.#child.pid !== undefined) end(describeExit(code, signal, tail()), tail());
    });
  }

  get isIdle(): boolean {
    return this.#inFlight.size === 0 && this.#waiting.length === 0;
  }

  /** @throws EngineError `image/unreadable`, `model/corrupt`; `run/crashed` if the child died; `run/cancelled` on `signal` */
  ask(order: PredictOrder, signal?: AbortSignal): Promise<PredictAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject, signal, timer: undefined });
      this.#next();
    });
  }

  close(): void {
    this.#end(left());
    endTree(this.#child, 'SIGKILL');
  }

  #next(): void {
    while (!this.#isClosed && this.#inFlight.size < MOST_IN_FLIGHT) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      if (task.signal?.aborted) task.reject(left());
      else this.#send(task);
    }
  }

  #send(task: Task): void {
    const requestId = ++this.#lastRequestId;
    this.#inFlight.set(requestId, task);
    task.timer = setTimeout(() => {
      this.#log.error(`A predictor did not answer within ${TIMEOUT_MS / 1000} seconds`);
      endTree(this.#child, 'SIGKILL');
    }, TIMEOUT_MS);
    const request: PredictRequest = { requestId, ...task.order };
    this.#child.send(request, () => undefined); // a dead worker is dealt with on its exit
  }

  #answer(reply: PredictReply): void {
    const task = this.#inFlight.get(reply.requestId);
    if (task === undefined) return;
    this.#inFlight.delete(reply.requestId);
    clearTimeout(task.timer);
    if (reply.error === null) task.resolve(reply.answer);
    else task.reject(fromWireError(reply.error));
    this.#next();
  }

  #end(reason: EngineError): void {
    this.#isClosed = true;
    for (const task of [...this.#inFlight.values(), ...this.#waiting.splice(0)]) {
      clearTimeout(task.timer);
      task.reject(reason);
    }
    this.#inFlight.clear();
  }
}

function crashed(what: string): EngineError {
  return new EngineError(
    'run/crashed',
    `The process that predicts broke off: ${what}. Nothing else was harmed. Try again; if one picture does it each time, leave it out.`,
  );
}

function left(): EngineError {
  return new EngineError('run/cancelled', 'Nobody waits for this prediction any more.');
}
