import pLimit from 'p-limit';
import { EngineError } from '../contract/errors.ts';
import type { Job, JobResults } from '../contract/jobs.ts';
import { runJob, type JobOptions } from './worker-process.ts';

export interface LaneOptions extends JobOptions {
  /** Called when the job leaves the queue. */
  readonly onStart?: () => void;
}

/**
 * The job queue. Compute jobs run one at a time, because each may fill memory and all cores; the others wait in order.
 * Reading a folder needs little and somebody waits for it, so it has a lane of its own and never queues behind a training.
 * Copying a dataset takes minutes of nothing but the disk, and is nothing to wait behind either.
 */
export class Lanes {
  readonly #base: JobOptions;
  readonly #lanes = { light: pLimit(1), heavy: pLimit(1), copying: pLimit(1) };
  readonly #endings = new Map<string, Set<AbortController>>();
  readonly #going = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @param base  options of every job: the log, the worker program */
  constructor(base: JobOptions) {
    this.#base = base;
  }

  /** @param owner  whom `cancel` names: a project's id, or another word for what belongs to none */
  light<J extends Job>(owner: string, job: J, options: LaneOptions = {}): Promise<JobResults[J['kind']]> {
    return this.#run('light', owner, job, options);
  }

  heavy<J extends Job>(owner: string, job: J, options: LaneOptions = {}): Promise<JobResults[J['kind']]> {
    return this.#run('heavy', owner, job, options);
  }

  copying<J extends Job>(owner: string, job: J, options: LaneOptions = {}): Promise<JobResults[J['kind']]> {
    return this.#run('copying', owner, job, options);
  }

  /** Ends the running and waiting jobs of an owner; each fails with `run/cancelled`. */
  cancel(owner: string): void {
    for (const ending of this.#endings.get(owner) ?? []) ending.abort();
  }

  /** Ends all jobs and waits until their processes are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const owner of this.#endings.keys()) this.cancel(owner);
    await Promise.allSettled(this.#going);
  }

  async #run<J extends Job>(
    lane: 'light' | 'heavy' | 'copying',
    owner: string,
    job: J,
    options: LaneOptions,
  ): Promise<JobResults[J['kind']]> {
    const ending = new AbortController();
    if (this.#isClosed) ending.abort();
    const own = this.#endings.get(owner) ?? new Set();
    this.#endings.set(owner, own.add(ending));
    const signal = options.signal === undefined ? ending.signal : AbortSignal.any([ending.signal, options.signal]);
    let isWaiting = true;
    const result = this.#lanes[lane](() => {
      isWaiting = false;
      if (!signal.aborted) options.onStart?.();
      return runJob(job, { ...this.#base, ...options, signal, isLong: lane === 'heavy' });
    });
    const cancelledInQueue = new Promise<never>((_, reject) => {
      const leave = () => isWaiting && reject(new EngineError('run/cancelled', 'The job was cancelled.'));
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
    });
    const answer = Promise.race([result, cancelledInQueue]); // one that is cancelled in the queue need not wait for its turn
    this.#going.add(answer);
    try {
      return await answer;
    } finally {
      this.#going.delete(answer);
      own.delete(ending);
      if (own.size === 0) this.#endings.delete(owner);
    }
  }
}
