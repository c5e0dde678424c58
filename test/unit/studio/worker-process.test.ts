import { mkdir, readFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { WorkerEvent } from '../../../src-main/contract/events.ts';
import type { JobOf } from '../../../src-main/contract/jobs.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../../src-main/contract/training.ts';
import { runJob } from '../../../src-main/studio/worker-process.ts';
import { FAKE_WORKERS, temporaryFolder } from '../../helpers/server.ts';

const worker = FAKE_WORKERS.compute;

async function trainJob(): Promise<JobOf<'train'>> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'model'));
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 3 };
  return {
    kind: 'train',
    folder,
    manifestFile: null,
    config,
    modelFolder: join(folder, 'model'),
    exports: null,
    checkpointFile: null,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(20);
}

/** Process id of what the fake's plan `grandchild` has started. */
async function grandchildOf({ folder }: JobOf<'train'>): Promise<number> {
  const pidFile = join(folder, 'grandchild.pid');
  await until(() =>
    readFile(pidFile, 'utf8').then(
      (text) => text !== '',
      () => false,
    ),
  );
  return Number(await readFile(pidFile, 'utf8'));
}

afterEach(() => vi.unstubAllEnvs());

test('a job answers with its result after all of its events', async () => {
  const events: WorkerEvent[] = [];
  const { report } = await runJob(await trainJob(), { worker, onEvent: (event) => events.push(event) });
  expect(report.epochs).toEqual({ ran: 3, best: 3 });
  expect(events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))).toEqual([1, 2, 3]);
});

test('a failure that the worker words arrives with its code and details', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'diverge');
  await expect(runJob(await trainJob(), { worker })).rejects.toMatchObject({
    name: 'EngineError',
    code: 'run/diverged',
    details: { epoch: 1 },
  });
});

test.each([
  ['sigkill', /memory ran out/, { exitCode: null, signal: 'SIGKILL' }],
  ['abort', /native part of it crashed \(SIGABRT\)/, { exitCode: null, signal: 'SIGABRT' }],
  ['exit', /without an answer \(exit code 7\)/, { exitCode: 7, signal: null }],
])('a worker that dies by %s is reported as a crash in plain words', async (plan, words, details) => {
  vi.stubEnv('FAKE_COMPUTE', plan);
  const logged: unknown[] = [];
  const log = { info: () => undefined, error: (...line: unknown[]) => logged.push(line) };
  await expect(runJob(await trainJob(), { worker, log })).rejects.toMatchObject({
    code: 'run/crashed',
    message: expect.stringMatching(words) as string,
    details: { job: 'train', ...details },
  });
  expect(logged).toHaveLength(1);
});

test('stopping keeps what was reached', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const stop = new AbortController();
  const job = await trainJob();
  const result = await runJob(
    { ...job, config: { ...job.config, epochs: 500 } },
    { worker, stopSignal: stop.signal, onEvent: (event) => event.type === 'epoch' && stop.abort() },
  );
  expect(result.stoppedEarly).toBe(true);
  expect(result.report.epochs.ran).toBeLessThan(5);
});

test('killing ends the worker and what it had started, and is no crash', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'grandchild');
  const kill = new AbortController();
  const job = await trainJob();
  const ended = expect(runJob(job, { worker, signal: kill.signal })).rejects.toMatchObject({ code: 'run/cancelled' });
  const grandchild = await grandchildOf(job);
  expect(isAlive(grandchild)).toBe(true);
  kill.abort();
  await ended;
  await until(() => !isAlive(grandchild));
});

test('a long job, with what it starts, gives way to the page; what somebody waits for does not', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'grandchild');
  const priorities: number[] = [];
  for (const isLong of [true, false]) {
    const kill = new AbortController();
    const job = await trainJob();
    const ended = runJob(job, { worker, signal: kill.signal, isLong }).catch(() => undefined);
    priorities.push(getPriority(await grandchildOf(job)));
    kill.abort();
    await ended;
  }
  expect(priorities).toEqual([constants.priority.PRIORITY_BELOW_NORMAL, getPriority()]);
});

test('a job that is cancelled before it starts starts no process', async () => {
  const job = await trainJob();
  await expect(runJob(job, { worker, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'run/cancelled' });
});

test('a worker that was never built is named, with the command that builds it', async () => {
  await expect(runJob(await trainJob(), { worker: '/nowhere/compute.js' })).rejects.toThrow('npm run build');
});

test('a missing Node binary is reported, not waited for', async () => {
  vi.stubEnv('FOVEA_NODE', '/nowhere/node');
  await expect(runJob(await trainJob(), { worker })).rejects.toMatchObject({ code: 'run/crashed' });
});
