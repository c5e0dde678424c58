/**
 * The compute worker of a command, started while the command line is still being read: starting it takes 0.4 s, most of
 * that loading libraries, and reading the command line another 0.15 s, on another core.
 */
import type { ChildProcess } from 'node:child_process';
import type { JobKind } from '../contract/jobs.ts';
import { endTree, startChild } from '../studio/child-process.ts';
import { workerFile } from '../studio/paths.ts';

/** First job of each command that has one. */
const FIRST_JOB: Readonly<Record<string, JobKind>> = {
  train: 'train',
  coach: 'coach',
  demo: 'draw-sample',
  choose: 'choose',
  transfer: 'train',
  predict: 'predict',
  explain: 'explain',
  evaluate: 'evaluate',
  export: 'export',
  lab: 'lab',
  doctor: 'probe',
};

let waiting: ChildProcess | null = null;

/** @param args  of the command line, its command first */
export function startEarlyWorker([command = '', ...rest]: readonly string[]): void {
  const kind = FIRST_JOB[command];
  if (kind === undefined || rest.includes('--help') || rest.includes('-h')) return;
  waiting = startChild(workerFile('compute'), [rest.includes('--estimate') ? 'estimate' : kind]);
}

/** The worker that waits for a job, once; undefined where there is none, or it has ended already. */
export function takeEarlyWorker(): ChildProcess | undefined {
  const taken = waiting;
  waiting = null;
  return taken === null || !taken.connected || taken.exitCode !== null ? undefined : taken;
}

/** Ends a worker that nobody took: a command line that was refused asks nothing of it. */
export function endEarlyWorker(): void {
  if (waiting !== null) endTree(waiting, 'SIGKILL');
  waiting = null;
}
