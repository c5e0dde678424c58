import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import sharp from 'sharp';
import type { RunPair } from '../../src-main/contract/procedures.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { listBackbones } from '../../src-main/studio/backbones.ts';
import { createFakeProject } from '../helpers/fake-project.ts';
import { buildWorkers, startTestServer, temporaryFolder, type TestClient } from '../helpers/server.ts';

vi.mock('../../src-main/studio/backbones.ts', async (original) => ({
  ...(await original<object>()),
  requireBackbone: () => Promise.resolve(), // the fake workers need none
}));

afterEach(() => vi.unstubAllEnvs());

/** A project of red and blue pictures. */
async function openProject(client: TestClient, pictureOf: (index: number, isRed: boolean) => Promise<Buffer>) {
  const folder = await temporaryFolder();
  for (const name of ['red', 'blue']) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 12; index++)
      await writeFile(join(folder, name, `${index}.jpg`), await pictureOf(index, name === 'red'));
  }
  const projectId = (await client.projects.create({})).id;
  await client.dataset.useFolder({ projectId, folder });
  return projectId;
}

async function finish(client: TestClient, projectId: string, pairs: readonly RunPair[]): Promise<void> {
  for (const { transfer, scratch } of pairs)
    for (const runId of [transfer, scratch])
      for await (const event of await client.runs.follow({ projectId, runId })) void event;
}

describe('with workers that stand in', () => {
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 3 };

  test('a proposal is made for the pictures, settings and time of a project, and starts no run', async () => {
    const { client } = await startTestServer();
    const { projectId } = await createFakeProject(client);
    const proposal = await client.runs.propose({ projectId, config: { ...config, seed: 7 }, secondsAvailable: 30 });
    expect(proposal).toMatchObject({
      mode: 'head',
      seconds: 30,
      evidence: { trainingCount: 10, imagesPerClass: { min: 7 } },
    });
    expect((await client.runs.propose({ projectId })).evidence.imagesPerClass.min).toBe(0); // the default settings
    expect(await client.runs.list({ projectId })).toEqual([]);
  });

  test('a proposal that nobody waits for any more makes room for what comes next', async () => {
    vi.stubEnv('FAKE_COMPUTE', 'slow');
    const { client } = await startTestServer();
    const { projectId } = await createFakeProject(client);
    const leaving = new AbortController();
    const proposal = client.runs.propose({ projectId }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 300);
    await expect(proposal).rejects.toThrow();
    const { pairs } = await client.runs.startTransfer({ projectId, config });
    await finish(client, projectId, pairs);
    expect((await client.runs.list({ projectId })).map(({ status }) => status)).toEqual(['finished', 'finished']);
  });

  test('one call queues a run with transfer and one from scratch for each seed, and another compares them', async () => {
    const { client } = await startTestServer();
    const { projectId } = await createFakeProject(client);
    const { pairs } = await client.runs.startTransfer({ projectId, config, seedCount: 2, scratchEpochs: 4 });
    const runs = await client.runs.list({ projectId });
    expect(runs.map(({ id }) => id)).toEqual(pairs.flatMap(({ transfer, scratch }) => [transfer, scratch]));
    expect(runs.map((run) => [run.config.mode, run.config.seed, run.config.epochs])).toEqual([
      ['head', 0, 3],
      ['scratch', 0, 4],
      ['head', 1, 3],
      ['scratch', 1, 4],
    ]);
    await finish(client, projectId, pairs);
    expect((await client.runs.list({ projectId })).every(({ isComparison }) => isComparison)).toBe(true);
    expect(await client.runs.compareTransfer({ projectId, pairs })).toMatchObject({
      trainingCount: 10, // of the run's own list of pictures
      seeds: [
        { seed: 0, transfer: 0.8, scratch: 0.8 },
        { seed: 1, transfer: 0.8, scratch: 0.8 },
      ],
    });
  });

  test('the accuracy of a project is never that of a run that is only compared', async () => {
    const { client } = await startTestServer();
    const { projectId } = await createFakeProject(client);
    const accuracy = async () => (await client.projects.get({ projectId })).lastAccuracy;
    const { pairs } = await client.runs.startTransfer({ projectId, config });
    await finish(client, projectId, pairs);
    expect(await accuracy()).toBeNull();
    const { id: runId, isComparison } = await client.runs.start({ projectId, config });
    for await (const event of await client.runs.follow({ projectId, runId })) void event;
    expect([isComparison, await accuracy()]).toEqual([false, 0.8]);
    await client.runs.remove({ projectId, runId });
    expect(await accuracy()).toBeNull();
  });

  test('what is no pair of finished runs is refused, with the reason', async () => {
    const { client } = await startTestServer();
    const { projectId } = await createFakeProject(client);
    const refused = (code: string) => expect.objectContaining({ data: expect.objectContaining({ code }) as unknown });
    const scratchMode = { ...config, mode: 'scratch' as const };
    await expect(client.runs.startTransfer({ projectId, config: scratchMode })).rejects.toEqual(
      refused('setting/out-of-range'),
    );
    const { pairs } = await client.runs.startTransfer({ projectId, config });
    const [{ transfer, scratch } = { transfer: '', scratch: '' }] = pairs;
    await finish(client, projectId, pairs);
    const compare = (pair: RunPair) => client.runs.compareTransfer({ projectId, pairs: [pair] });
    await expect(compare({ transfer: scratch, scratch })).rejects.toEqual(refused('setting/out-of-range'));
    await expect(compare({ transfer, scratch: transfer })).rejects.toEqual(refused('setting/out-of-range'));
    await expect(compare({ transfer, scratch: 'nothing' })).rejects.toEqual(refused('run/not-found'));
    vi.stubEnv('FAKE_COMPUTE', 'exit');
    const failed = await client.runs.startTransfer({ projectId, config });
    await finish(client, projectId, failed.pairs);
    await expect(client.runs.compareTransfer({ projectId, pairs: failed.pairs })).rejects.toEqual(
      refused('model/not-found'),
    );
    const empty = (await client.projects.create({})).id;
    await expect(client.runs.propose({ projectId: empty })).rejects.toEqual(refused('dataset/empty'));
  });
});

const hasBackbone = (await listBackbones()).some(({ isInstalled }) => isInstalled);
if (!hasBackbone) process.stderr.write('Skipping what proposes and transfers: no backbone is installed.\n');

describe.skipIf(!hasBackbone)('with the real workers', () => {
  let workers: Awaited<ReturnType<typeof buildWorkers>>;
  beforeAll(async () => {
    workers = await buildWorkers();
  });
  afterAll(() => workers.remove());

  test('pictures are proposed for, the backbones raced once, and transfer is compared with nothing', async () => {
    vi.stubEnv('FOVEA_CACHE', await temporaryFolder()); // that of the whole suite may know these pictures from another test
    const { client } = await startTestServer({ workers });
    const projectId = await openProject(client, (index, isRed) => {
      const background = { r: isRed ? 160 + 5 * index : 20, g: 60, b: isRed ? 20 : 160 + 5 * index };
      return sharp({ create: { width: 48, height: 48, channels: 3, background } })
        .jpeg()
        .toBuffer();
    });
    const first = await client.runs.propose({ projectId });
    expect(first).toMatchObject({ mode: 'head', evidence: { trainingCount: 20, checkedCount: 4, chance: 0.5 } });
    const { standings, imageCount } = first.evidence.race;
    expect([imageCount, standings[0]?.accuracy]).toEqual([24, 1]); // red from blue
    expect(first.evidence.activations.computed).toBe(24 * standings.length);
    const again = await client.runs.propose({ projectId, secondsAvailable: 60 });
    expect(again.evidence).toEqual({ ...first.evidence, activations: { computed: 0, reused: 0 } });

    const scratch = { ...DEFAULT_TRAIN_CONFIG.scratch, width: 8, blocks: 1 };
    const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 20, learningRate: 0.01, scratch };
    const { pairs } = await client.runs.startTransfer({ projectId, config, scratchEpochs: 1 });
    await finish(client, projectId, pairs);
    const report = await client.runs.compareTransfer({ projectId, pairs });
    expect(report).toMatchObject({ imageCount: 4, trainingCount: 20, transfer: { accuracy: 1 } });
    expect(report.headOnFewer.map(({ imagesPerClass }) => imagesPerClass)).toEqual([1, 2, 5, 10]);
    expect(report.sentence).toMatch(/on the same 4 validation pictures/);
  }, 120_000);
});
