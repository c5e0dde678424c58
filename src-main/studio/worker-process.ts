import type { ChildProcess } from 'node:child_process';
import { fromWireError, EngineError } from '../contract/errors.ts';
import type { WorkerEvent } from '../contract/events.ts';
import type { FromWorker, Job, JobKind, JobResults, ToWorker } from '../contract/jobs.ts';
import { describeExit, endTree, giveWay, keepTail, startChild } from './child-process.ts';
import { SILENT_LOG, type Log } from './log.ts';
import { workerFile } from './paths.ts';

export interface JobOptions {
  readonly onEvent?: (event: WorkerEvent) => void;
  /** Aborting ends the worker at once; the job then fails with `run/cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Aborting asks the worker to stop soon and keep what is worth keeping. */
  readonly stopSignal?: AbortSignal | undefined;
  /** Aborting asks the worker to keep where it stands and to fail with `run/paused`. */
  readonly pauseSignal?: AbortSignal | undefined;
  /** It takes every core for minutes: what the user does meanwhile goes first. */
  readonly isLong?: boolean;
  readonly log?: Log;
  /** The program that does the work; by default this build's `compute.js`. */
  readonly worker?: string;
  /** A worker that was started before and waits for its job; by default a new one. */
  readonly child?: ChildProcess | undefined;
}

/** How long a worker may take to end after it was told to, or after it has answered. */
const GRACE_MS = 3000;

type Outcome = { readonly value: unknown } | { readonly error: EngineError };

/**
 * Runs one job in a child process of its own and answers when that process has ended, so that its memory is free.
 *
 * @throws EngineError  what the worker sent; `run/crashed` if it died without an answer; `run/cancelled` on `signal`.
 */
export async function runJob<J extends Job>(job: J, options: JobOptions = {}): Promise<JobResults[J['kind']]> {
  const { signal, stopSignal, pauseSignal, log = SILENT_LOG } = options;
  if (signal?.aborted) throw cancelled();
  const child = options.child ?? startChild(options.worker ?? workerFile('compute'), [job.kind]);
  if (options.isLong) giveWay(child);
  const tail = keepTail(child);
  const send = (message: ToWorker) => {
    if (child.connected) child.send(message, () => undefined); // a dead worker is reported by its exit
  };
  let outcome: Outcome | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const endSoon = (first: 'SIGTERM' | null) => {
    if (first !== null) endTree(child, first);
    killTimer ??= setTimeout(() => endTree(child, 'SIGKILL'), GRACE_MS);
  };
  const onAbort = () => {
    outcome ??= { error: cancelled() };
    endSoon('SIGTERM');
  };
  const onStop = () => send({ type: 'stop' });
  const onPause = () => send({ type: 'pause' });

  child.on('message', (raw) => {
    const message = raw as FromWorker; // our own program, built from the same contract
    if (outcome !== null) return;
    if (message.type === 'event') {
      options.onEvent?.(message.event);
      return;
    }
    if (message.type === 'result') outcome = { value: message.value };
    else {
      if (message.stack !== null) log.error(`Job ${job.kind} failed`, message.stack);
      outcome = { error: fromWireError(message.error) };
    }
    endSoon(null);
  });
  signal?.addEventListener('abort', onAbort);
  stopSignal?.addEventListener('abort', onStop);
  pauseSignal?.addEventListener('abort', onPause);
  send({ type: 'start', job });
  if (stopSignal?.aborted) onStop();
  if (pauseSignal?.aborted) onPause();

  const exit = await ended(child);
  clearTimeout(killTimer);
  endTreeLeftovers(child.pid);
  signal?.removeEventListener('abort', onAbort);
  stopSignal?.removeEventListener('abort', onStop);
  pauseSignal?.removeEventListener('abort', onPause);
  const answer = outcome as Outcome | null; // assigned in callbacks, which the compiler does not follow
  if (answer === null) {
    log.error(`Worker for ${job.kind} ended: exit code ${exit.code}, signal ${exit.signal}`, tail());
    throw crashed(job.kind, describeExit(exit.code, exit.signal, tail()), exit);
  }
  if ('error' in answer) throw answer.error;
  return answer.value as JobResults[J['kind']]; // the worker answers what its job asks
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Waits for the exit and for messages still in the pipe; not for pipes that a grandchild holds open. */
function ended(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
      else child.stderr?.emit('data', `${error.message}\n`);
    });
    child.once('exit', (code, signal) => {
      const timer = setTimeout(() => resolve({ code, signal }), GRACE_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ code, signal });
      });
    });
  });
}

/** What the worker itself had started and left: its process group outlives its leader. */
function endTreeLeftovers(pid: number | undefined): void {
  if (pid === undefined || process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the usual case: nothing is left
  }
}

const TASK: Readonly<Record<JobKind, string>> = {
  scan: 'reads the folder',
  edit: 'applies edits',
  'copy-dataset': 'copies the dataset',
  train: 'trains',
  split: 'counts the pictures of each split',
  estimate: 'counts what a run would do',
  'preview-augmentation': 'shows how pictures are varied',
  coach: 'examines the settings',
  choose: 'compares the backbones',
  'compare-transfer': 'compares runs',
  export: 'exports',
  evaluate: 'evaluates',
  predict: 'predicts',
  explain: 'makes heat maps',
  lab: 'runs the experiment',
  'add-backbone': 'adds the backbone',
  probe: 'tries the backends',
  cache: 'looks after the cache',
  'draw-sample': 'draws the sample pictures',
};

function crashed(kind: JobKind, what: string, exit: Exit): EngineError {
  return new EngineError(
    'run/crashed',
    `The process that ${TASK[kind]} broke off: ${what}. Nothing else was harmed. ` +
      'Close other programs to free memory and try again; if it happens again, choose a smaller backbone or fewer pictures.',
    { job: kind, exitCode: exit.code, signal: exit.signal },
  );
}

function cancelled(): EngineError {
  return new EngineError('run/cancelled', 'The job was cancelled.');
}
