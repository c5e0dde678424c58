import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../src-main/contract/events.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { startTestServer, temporaryFolder, type TestClient, type TestServer } from '../helpers/server.ts';

vi.mock('../../src-main/studio/backbones.ts', async (original) => ({
  ...(await original<object>()),
  requireBackbone: () => Promise.resolve(), // these workers need none; backbones have a test of their own
}));

const EPOCHS = 20;
const config = { ...DEFAULT_TRAIN_CONFIG, epochs: EPOCHS };

let server: TestServer;
let client: TestClient;
let projectId: string;

beforeEach(async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  server = await startTestServer();
  client = server.client;
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 5; index++) await writeFile(join(folder, name, `${index}.jpg`), '');
  }
  projectId = (await client.projects.create({})).id;
  await client.dataset.useFolder({ projectId, folder });
});
afterEach(() => vi.unstubAllEnvs());

type RunRef = { projectId: string; runId: string };

async function start(chosen = config): Promise<RunRef> {
  return { projectId, runId: (await client.runs.start({ projectId, config: chosen })).id };
}

/** Reads to the end of the sitting, or to an epoch. */
async function follow(ref: RunRef, { after = 0, untilEpoch = Infinity } = {}): Promise<RunEvent[]> {
  const seen: RunEvent[] = [];
  for await (const event of await client.runs.follow({ ...ref, after })) {
    seen.push(event);
    if (event.event.type === 'epoch' && event.event.epoch >= untilEpoch) break;
  }
  return seen;
}

async function restart(): Promise<void> {
  await server.close();
  server = await startTestServer({ dataFolder: server.dataFolder });
  client = server.client;
}

async function pauseAt(ref: RunRef, epoch: number): Promise<RunEvent[]> {
  await follow(ref, { untilEpoch: epoch });
  await client.runs.pause(ref);
  return follow(ref);
}

const types = (events: readonly RunEvent[]) => events.map(({ event }) => event.type);
const epochsOf = (events: readonly RunEvent[]) =>
  events.flatMap(({ event }) => (event.type === 'epoch' ? [event.epoch] : []));
const countTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** One file from the first event to the last: no gap, no epoch twice, time never runs back. */
function expectOneHistory(events: readonly RunEvent[], first: readonly RunEvent[]): void {
  expect(events.slice(0, first.length)).toEqual(first);
  expect(events.map(({ seq }) => seq)).toEqual(countTo(events.length));
  expect(epochsOf(events)).toEqual(countTo(EPOCHS));
  expect(types(events).filter((type) => type === 'diagnostics')).toHaveLength(1);
  expect(types(events).filter((type) => type === 'backend')).toHaveLength(1);
  const times = events.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
}

test('a paused run is resumed as the same run: its events go on, and its time adds up', async () => {
  const ref = await start();
  const first = await pauseAt(ref, 3);
  expect(types(first).at(-1)).toBe('paused');
  expect(epochsOf(first).length).toBeLessThan(EPOCHS);
  expect(await client.runs.get(ref)).toMatchObject({ status: 'paused', report: null, problem: null });

  expect(await client.runs.resume(ref)).toMatchObject({ id: ref.runId, number: 1, problem: null });
  const second = await follow(ref, { after: first.length });
  expect(types(second)[0]).toBe('resumed');
  const all = await follow(ref);
  expect(all).toEqual([...first, ...second]);
  expectOneHistory(all, first);
  const run = await client.runs.get(ref);
  expect(run.status).toBe('finished');
  const pausedAtMs = first.at(-1)?.atMs ?? NaN;
  expect(run.report?.seconds.total).toBeCloseTo(pausedAtMs / 1000, 9); // the fake's own sitting takes no time
  expect(await client.runs.list({ projectId })).toHaveLength(1);
});

test('a run may be paused again and again, and the server started anew between', async () => {
  const ref = await start();
  await pauseAt(ref, 2);
  await restart();
  expect(await client.runs.get(ref)).toMatchObject({ status: 'paused' });
  await client.runs.resume(ref);
  const first = await pauseAt(ref, 6);
  await restart();
  await client.runs.resume(ref);
  await follow(ref);
  const all = await follow(ref);
  expectOneHistory(all, first);
  expect(types(all).filter((type) => type === 'resumed' || type === 'paused')).toEqual([
    'paused',
    'resumed',
    'paused',
    'resumed',
  ]);
});

test('a run that was cut off with the app is resumed from its checkpoint, and what it tells twice is kept once', async () => {
  const ref = await start();
  await follow(ref, { untilEpoch: 6 }); // the checkpoint is of the fourth
  await restart();
  const first = await follow(ref);
  expect(await client.runs.get(ref)).toMatchObject({ status: 'interrupted', problem: { code: 'run/interrupted' } });
  await client.runs.resume(ref);
  await follow(ref);
  expectOneHistory(await follow(ref), first);
  expect(await client.runs.get(ref)).toMatchObject({ status: 'finished', number: 1, problem: null });
});

test('a run whose worker died is resumed', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'exit');
  const ref = await start();
  await follow(ref);
  expect(await client.runs.get(ref)).toMatchObject({ status: 'failed' });
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  await client.runs.resume(ref);
  await follow(ref);
  expect(epochsOf(await follow(ref))).toEqual(countTo(EPOCHS));
  expect(await client.runs.get(ref)).toMatchObject({ status: 'finished' });
});

test('a run that waits leaves the queue at once when it is paused, and comes back to its end', async () => {
  const running = await start();
  await follow(running, { untilEpoch: 1 });
  const waiting = await start();
  expect(await client.runs.pause(waiting)).toMatchObject({ status: 'paused' });
  expect(await client.runs.resume(waiting)).toMatchObject({ status: 'queued' });
  await client.runs.stop(running);
  await follow(waiting);
  expect(types(await follow(waiting)).slice(0, 2)).toEqual(['paused', 'resumed']);
  expect(await client.runs.get(waiting)).toMatchObject({ status: 'finished' });
});

test('only what can go on is resumed, once', async () => {
  const ref = await start();
  await expect(client.runs.resume(ref)).rejects.toMatchObject({ data: { code: 'run/not-resumable' } });
  await pauseAt(ref, 1);
  const both = await Promise.allSettled([client.runs.resume(ref), client.runs.resume(ref)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await follow(ref);
  await expect(client.runs.resume(ref)).rejects.toMatchObject({
    data: { code: 'run/not-resumable', details: { status: 'finished' } },
  });
  expect(await client.runs.pause(ref)).toMatchObject({ status: 'finished' });
});

test('a paused run that is stopped is given up, and its checkpoint goes', async () => {
  const ref = await start();
  await pauseAt(ref, 1);
  const folder = join(server.dataFolder, 'projects', projectId, 'runs', ref.runId);
  expect(await readdir(folder)).toContain('checkpoint.bin');
  expect(await client.runs.stop(ref)).toMatchObject({ status: 'stopped', report: null });
  expect(await readdir(folder)).not.toContain('checkpoint.bin');
  await restart();
  expect(await client.runs.get(ref)).toMatchObject({ status: 'stopped' });
});

test('a paused run keeps its checkpoint from a new run of the same settings', async () => {
  const ref = await start();
  await pauseAt(ref, 1);
  await follow(await start());
  await client.runs.resume(ref);
  await follow(ref);
  expect(epochsOf(await follow(ref))).toEqual(countTo(EPOCHS));
});

test('a run has a name for as long as the user wants it', async () => {
  const ref = await start();
  expect(await client.runs.get(ref)).toMatchObject({ name: null });
  await pauseAt(ref, 1);
  expect(await client.runs.rename({ ...ref, name: ' 강한 증강 ' })).toMatchObject({ name: '강한 증강', number: 1 });
  await restart();
  expect(await client.runs.get(ref)).toMatchObject({ name: '강한 증강', status: 'paused', config });
  expect(await client.runs.rename({ ...ref, name: '' })).toMatchObject({ name: null });
});

test('a run is removed with its files, also while it runs; the project shows the accuracy of the last that is left', async () => {
  vi.stubEnv('FAKE_COMPUTE', '');
  const first = await start();
  await follow(first);
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const second = await start();
  await follow(second, { untilEpoch: 1 });
  await client.runs.remove(second);
  expect((await client.runs.list({ projectId })).map(({ number }) => number)).toEqual([1]);
  expect(await readdir(join(server.dataFolder, 'projects', projectId, 'runs'))).toEqual([first.runId]);
  expect((await client.projects.get({ projectId })).lastAccuracy).toBe(0.8);
  await client.runs.remove(first);
  expect((await client.projects.get({ projectId })).lastAccuracy).toBeNull();
  await expect(client.runs.get(first)).rejects.toMatchObject({ data: { code: 'run/not-found' } });
  await restart();
  expect(await client.runs.list({ projectId })).toEqual([]);
});
