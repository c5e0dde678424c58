import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CoachState } from '../../src-main/contract/procedures.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { createFakeProject } from '../helpers/fake-project.ts';
import { startTestServer, type TestClient, type TestServer } from '../helpers/server.ts';

vi.mock('../../src-main/studio/backbones.ts', async (original) => ({
  ...(await original<object>()),
  requireBackbone: () => Promise.resolve(), // these workers need none
}));

const config = { ...DEFAULT_TRAIN_CONFIG, seed: 3 };

let server: TestServer;
let client: TestClient;
let projectId: string;

beforeEach(async () => {
  server = await startTestServer();
  client = server.client;
  ({ projectId } = await createFakeProject(client));
});
afterEach(() => vi.unstubAllEnvs());

/** Reads until the coach ends, or until a state is enough. */
async function follow(isEnough: (state: CoachState) => boolean = () => false, from = client): Promise<CoachState[]> {
  const seen: CoachState[] = [];
  for await (const state of await from.coach.follow({ projectId })) {
    seen.push(state);
    if (isEnough(state)) break;
  }
  return seen;
}

const file = () => join(server.dataFolder, 'projects', projectId, 'coach.json');

test('a coach tells each step as it ends and leaves its report, also after the server was started again', async () => {
  expect(await client.coach.get({ projectId })).toBeNull();
  expect(await client.coach.start({ projectId, config })).toMatchObject({ status: 'queued', config, steps: [] });
  const seen = await follow();
  const counts = seen.map(({ steps }) => steps.length);
  expect(counts).toEqual([...counts].sort());
  const last = seen.at(-1)!;
  expect(last).toMatchObject({
    status: 'finished',
    running: null,
    steps: [
      { step: 'initial-loss', verdict: 'pass', evidence: { numbers: { pictureCount: 10 } } },
      { step: 'curves', verdict: 'pass' },
    ],
    report: { proposal: { changes: { learningRate: 0.003 } }, config },
    problem: null,
  });
  expect(await client.coach.get({ projectId })).toEqual(last);
  await server.close();
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(await again.client.coach.get({ projectId })).toEqual(last);
  expect(await follow(undefined, again.client)).toEqual([last]);
});

test('one coach works in a project at a time; stopped, it keeps the steps that it has taken', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  await client.coach.start({ projectId, config });
  await follow(({ steps }) => steps.length === 1);
  await expect(client.coach.start({ projectId, config })).rejects.toMatchObject({ data: { code: 'run/busy' } });
  expect(await client.coach.stop({ projectId })).toMatchObject({
    status: 'stopped',
    steps: [{ step: 'initial-loss' }],
    report: null,
    problem: null,
  });
  vi.stubEnv('FAKE_COMPUTE', '');
  await client.coach.start({ projectId, config });
  expect((await follow()).at(-1)).toMatchObject({ status: 'finished' });
});

test('a worker that dies fails the coach in words', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'exit');
  await client.coach.start({ projectId, config });
  expect((await follow()).at(-1)).toMatchObject({ status: 'failed', problem: { code: 'run/crashed' }, report: null });
});

test('a coach that was cut off with the app is interrupted', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  await client.coach.start({ projectId, config });
  await follow(({ running }) => running !== null);
  await server.close();
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(await again.client.coach.get({ projectId })).toMatchObject({
    status: 'interrupted',
    problem: { code: 'run/interrupted' },
  });
});

test('a report that cannot be read is none', async () => {
  await client.coach.start({ projectId, config });
  await follow();
  await server.close();
  await writeFile(file(), (await readFile(file(), 'utf8')).slice(0, 100));
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(await again.client.coach.get({ projectId })).toBeNull();
});

test('what cannot be trained is not examined either, and a project that is removed takes its coach with it', async () => {
  const empty = (await client.projects.create({})).id;
  await expect(client.coach.start({ projectId: empty, config })).rejects.toMatchObject({
    data: { code: 'dataset/empty' },
  });
  await expect(client.coach.follow({ projectId: 'nothing' })).rejects.toMatchObject({
    data: { code: 'project/not-found' },
  });
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  await client.coach.start({ projectId, config });
  await follow(({ running }) => running !== null);
  await client.projects.remove({ projectId });
  await expect(client.coach.get({ projectId })).rejects.toMatchObject({ data: { code: 'project/not-found' } });
});
