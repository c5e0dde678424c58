/** Node children of this app: started alike, ended with all that they started, never left behind. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, constants, setPriority } from 'node:os';
import { nodeBinary } from './paths.ts';

const IS_WINDOWS = process.platform === 'win32';
const living = new Set<ChildProcess>();

/**
 * Starts a built program as a child that speaks over IPC. It leads a process group of its own: Ctrl-C in a terminal
 * reaches only us, so that we can end it in order, and its own children end with it.
 */
export function startChild(file: string, args: readonly string[] = []): ChildProcess {
  if (!existsSync(file)) throw new Error(`${file} is not built. Run: npm run build`);
  const child = fork(file, args, {
    execPath: nodeBinary(),
    execArgv: ['--enable-source-maps'],
    serialization: 'advanced',
    detached: !IS_WINDOWS,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(availableParallelism()) },
  });
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

/** Lets the page, and whatever else the user does, go first where all cores are taken; on a free core nothing changes. */
export function giveWay(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // it has ended already, or the system allows no such thing: then it works as any other
  }
}

/** Ends a child and everything that it started. */
export function endTree(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (IS_WINDOWS) {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal); // the group is gone, or was never made
  }
}

process.on('exit', () => {
  for (const child of living) endTree(child, 'SIGKILL');
});

/** What a process wrote last, kept for the log should it crash. */
export function keepTail(child: ChildProcess, maxChars = 16_000): () => string {
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => (tail = (tail + text).slice(-maxChars)));
  }
  return () => tail;
}

/** How a process ended, in words for the user. Exit codes above 128 are signals that a shell or a container passed on. */
export function describeExit(exitCode: number | null, signal: NodeJS.Signals | null, tail: string): string {
  const name = signal ?? SIGNAL_OF_EXIT[exitCode ?? 0];
  if (/heap out of memory|std::bad_alloc|Cannot allocate memory/i.test(tail)) return 'it ran out of memory';
  if (name === 'SIGKILL') return 'the system ended it (SIGKILL), most likely because memory ran out';
  if (name === 'SIGTERM') return 'the system told it to end (SIGTERM)';
  if (name !== undefined) return `a native part of it crashed (${name})`;
  return `it ended without an answer (exit code ${exitCode ?? 'unknown'})`;
}

const SIGNAL_OF_EXIT: Readonly<Record<number, string>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
  3221225477: 'access violation',
  3221225501: 'illegal instruction',
};
