import { sep } from 'node:path';
import type { PredictAnswer } from '../contract/jobs.ts';
import type { Log } from './log.ts';
import { PredictorProcess, type PredictOrder } from './predictor-process.ts';

/** A model takes a second to load and some 300 MB to hold. */
const IDLE_MS = 60_000;
const MOST_MODELS = 2;

interface Held {
  readonly process: PredictorProcess;
  idleTimer: NodeJS.Timeout | undefined;
}

/**
 * Predictors that stay with their models while they are asked, so that a webcam or a gallery of heat maps waits for no loading. They are no jobs
 * of the queue: a training goes on beside them, and they never wait for one.
 */
export class Predictors {
  readonly #worker: string;
  readonly #log: Log;
  /** By model folder, the one asked last at the end. */
  readonly #held = new Map<string, Held>();

  constructor(worker: string, log: Log) {
    this.#worker = worker;
    this.#log = log;
  }

  /** @throws as `PredictorProcess.ask` */
  async ask(modelFolder: string, order: PredictOrder, signal?: AbortSignal): Promise<PredictAnswer> {
    const held = this.#held.get(modelFolder) ?? this.#start(modelFolder);
    this.#held.delete(modelFolder);
    this.#held.set(modelFolder, held);
    clearTimeout(held.idleTimer);
    try {
      return await held.process.ask(order, signal);
    } finally {
      if (held.process.isIdle) {
        clearTimeout(held.idleTimer);
        held.idleTimer = setTimeout(() => this.#end(modelFolder), IDLE_MS);
        held.idleTimer.unref();
      }
    }
  }

  /** Lets go of a model, or of all those that lie in a folder; who still waits is told `run/cancelled`. */
  end(folder: string): void {
    for (const modelFolder of [...this.#held.keys()])
      if (modelFolder === folder || modelFolder.startsWith(folder + sep)) this.#end(modelFolder);
  }

  close(): void {
    for (const modelFolder of [...this.#held.keys()]) this.#end(modelFolder);
  }

  #end(modelFolder: string): void {
    const held = this.#held.get(modelFolder);
    this.#held.delete(modelFolder);
    clearTimeout(held?.idleTimer);
    held?.process.close();
  }

  #start(modelFolder: string): Held {
    const idle = [...this.#held].filter(([, { process }]) => process.isIdle).map(([folder]) => folder);
    for (const folder of idle.slice(0, Math.max(0, this.#held.size - MOST_MODELS + 1))) this.#end(folder);
    const process = new PredictorProcess(this.#worker, modelFolder, this.#log, () => {
      if (this.#held.get(modelFolder)?.process === process) this.#held.delete(modelFolder);
    });
    return { process, idleTimer: undefined };
  }
}
