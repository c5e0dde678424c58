import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../src-main/contract/events.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { exported } from '../helpers/exports.ts';
import { createFakeProject } from '../helpers/fake-project.ts';
import { startTestServer, temporaryFolder, type TestClient, type TestServer } from '../helpers/server.ts';

vi.mock('../../src-main/studio/backbones.ts', async (original) => ({
  ...(await original<object>()),
  requireBackbone: () => Promise.resolve(), // these workers need none; backbones have a test of their own
}));

const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 5 };
/** Training that goes on until it is stopped. */
const endless = { ...config, epochs: 1000 };

let server: TestServer;
let client: TestClient;
let projectId: string;

beforeEach(async () => {
  server = await startTestServer();
  client = server.client;
  ({ projectId } = await createFakeProject(client));
});
afterEach(() => vi.unstubAllEnvs());

type RunRef = { projectId: string; runId: string };

async function start(chosen = config): Promise<RunRef> {
  return { projectId, runId: (await client.runs.start({ projectId, config: chosen })).id };
}

interface FollowOptions {
  readonly after?: number;
  readonly from?: TestClient;
  /** Stops reading there. */
  readonly isEnough?: (event: RunEvent) => boolean;
}

async function follow(ref: RunRef, { after = 0, from = client, isEnough }: FollowOptions = {}): Promise<RunEvent[]> {
  const seen: RunEvent[] = [];
  for await (const event of await from.runs.follow({ ...ref, after })) {
    seen.push(event);
    if (isEnough?.(event)) break;
  }
  return seen;
}

const types = (events: readonly RunEvent[]) => events.map(({ event }) => event.type);
const numbers = (events: readonly RunEvent[]) => events.map(({ seq }) => seq);
const countTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const isEpoch = ({ event }: RunEvent) => event.type === 'epoch';

test('a run is queued, tells all it does in numbered events, and leaves its results', async () => {
  const started = await client.runs.start({ projectId, config });
  expect(started).toMatchObject({ projectId, number: 1, config, report: null, problem: null });
  const ref = { projectId, runId: started.id };
  const events = await follow(ref);
  expect(numbers(events)).toEqual(countTo(events.length));
  expect(types(events).filter((type) => type === 'epoch')).toHaveLength(5);
  expect(events.at(-1)?.event).toMatchObject({ type: 'finished', stoppedEarly: false });
  const run = await client.runs.get(ref);
  expect(run).toMatchObject({ status: 'finished', report: { accuracy: { val: 0.8 } }, problem: null });
  expect(await client.runs.list({ projectId })).toEqual([run]);
  expect(await client.runs.evaluation(ref)).toMatchObject({ accuracy: 0.8, choseBestEpoch: true });
  expect((await client.projects.get({ projectId })).lastAccuracy).toBe(0.8);
});

test('other pixels than a pretrained backbone was trained with are refused before anything is queued', async () => {
  const refused = { data: { code: 'setting/out-of-range', details: { setting: 'pixelPreprocessing', value: 'pca' } } };
  const wrong = { ...config, pixelPreprocessing: 'pca' as const };
  await expect(client.runs.start({ projectId, config: wrong })).rejects.toMatchObject(refused);
  await expect(client.runs.estimate({ projectId, config: wrong })).rejects.toMatchObject(refused);
  expect(await client.runs.list({ projectId })).toEqual([]);
});

test('what was seen of the layers is stored with the run, and comes to a reader like all else', async () => {
  const ref = await start();
  const seen = (events: readonly RunEvent[]) => events.filter(({ event }) => event.type === 'diagnostics');
  const live = seen(await follow(ref));
  expect(live).toMatchObject([{ event: { phase: 'head', epoch: 1, layers: [{ name: 'logits', sparsity: 0.1 }] } }]);
  await server.close();
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(seen(await follow(ref, { from: again.client }))).toEqual(live);
});

test('a reader who comes back goes on where it stopped, also after the server was started again', async () => {
  const ref = await start();
  const all = await follow(ref);
  expect(await follow(ref, { after: 4 })).toEqual(all.slice(4));
  expect(await follow(ref, { after: all.length })).toEqual([]);
  await server.close();
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(await follow(ref, { from: again.client })).toEqual(all);
  expect(await follow(ref, { from: again.client, after: 7 })).toEqual(all.slice(7));
  expect(await again.client.runs.get(ref)).toMatchObject({ status: 'finished', number: 1 });
});

test('a stream that is taken up again by the number of its last event leaves none out and repeats none', async () => {
  const ref = await start();
  const all = await follow(ref);
  const response = await server.fetch('/rpc/runs/follow', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'last-event-id': '3' },
    body: JSON.stringify({ json: ref }),
  });
  const ids = [...(await response.text()).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(countTo(all.length, 4));
});

test('any number of readers see the same live events, and one that leaves disturbs nobody', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const ref = await start({ ...config, epochs: 8 });
  const [first, second, leaver, late] = await Promise.all([
    follow(ref),
    follow(ref),
    follow(ref, { isEnough: isEpoch }),
    follow(ref, { isEnough: isEpoch }).then(() => follow(ref, { after: 2 })),
  ]);
  expect(second).toEqual(first);
  expect(leaver).toEqual(first.slice(0, leaver.length));
  expect(late).toEqual(first.slice(2));
  expect(first.filter(isEpoch)).toHaveLength(8);
});

test('stopping ends a run soon and keeps its best epoch', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const ref = await start(endless);
  await follow(ref, { isEnough: isEpoch });
  await client.runs.stop(ref);
  const events = await follow(ref);
  expect(events.at(-1)?.event).toMatchObject({ type: 'finished', stoppedEarly: true });
  expect(await client.runs.get(ref)).toMatchObject({ status: 'stopped', report: { backbone: 'fake' } });
  expect(await client.runs.stop(ref)).toMatchObject({ status: 'stopped' });
});

test('one run computes at a time; the next waits, and can be taken out of the queue at once', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const running = await start(endless);
  await follow(running, { isEnough: isEpoch });
  const waiting = await start();
  const last = await start();
  expect((await client.runs.list({ projectId })).map(({ number, status }) => [number, status])).toEqual([
    [1, 'running'],
    [2, 'queued'],
    [3, 'queued'],
  ]);
  expect(await client.runs.stop(waiting)).toMatchObject({ status: 'stopped', report: null });
  expect(types(await follow(waiting))).toEqual(['cancelled']);
  await client.runs.stop(running);
  expect(types(await follow(last)).at(-1)).toBe('finished');
});

test('folders are read while a run computes', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const ref = await start(endless);
  await follow(ref, { isEnough: isEpoch });
  expect(await client.dataset.scan({ projectId })).toMatchObject({ imageCount: 10 });
  expect((await client.runs.get(ref)).status).toBe('running');
});

test('a run trains on the pictures that it was started with, whatever is scanned later', async () => {
  const ref = await start();
  await follow(ref);
  const folder = join(server.dataFolder, 'projects', projectId, 'runs', ref.runId);
  expect(await readFile(join(folder, 'model', 'trained-from.txt'), 'utf8')).toBe(join(folder, 'dataset.jsonl'));
  expect((await readFile(join(folder, 'dataset.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(10);
});

test.each(['sigkill', 'abort', 'exit'])(
  'a worker that dies (%s) fails its run, in words, and nothing else',
  async (plan) => {
    vi.stubEnv('FAKE_COMPUTE', plan);
    const ref = await start();
    const events = await follow(ref);
    expect(events.at(-1)?.event).toMatchObject({ type: 'failed', error: { code: 'run/crashed' } });
    expect(await client.runs.get(ref)).toMatchObject({
      status: 'failed',
      problem: { code: 'run/crashed' },
      report: null,
    });
    await expect(client.runs.evaluation(ref)).rejects.toMatchObject({ data: { code: 'model/not-found' } });
    vi.unstubAllEnvs();
    expect(types(await follow(await start())).at(-1)).toBe('finished');
  },
);

test('a failure that the engine words keeps its words', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'diverge');
  const ref = await start();
  expect((await follow(ref)).at(-1)?.event).toMatchObject({
    type: 'failed',
    error: { code: 'run/diverged', details: { epoch: 1 } },
  });
});

test('a run that was cut off with the app is interrupted, and its events go on without a gap', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const ref = await start(endless);
  const seen = await follow(ref, { isEnough: isEpoch });
  await server.close();
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(await again.client.runs.get(ref)).toMatchObject({
    status: 'interrupted',
    problem: { code: 'run/interrupted' },
  });
  const events = await follow(ref, { from: again.client });
  expect(numbers(events)).toEqual(countTo(events.length));
  expect(events.slice(0, seen.length)).toEqual(seen);
  expect(types(events).at(-1)).toBe('failed');
});

test('a kill in the middle of a line leaves an interrupted run that can be read', async () => {
  const ref = await start();
  const all = await follow(ref);
  await server.close();
  const file = join(server.dataFolder, 'projects', projectId, 'runs', ref.runId, 'events.jsonl');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.slice(0, text.lastIndexOf('"type":"finished"'))); // as after kill -9
  const again = await startTestServer({ dataFolder: server.dataFolder });
  const [run] = await again.client.runs.list({ projectId });
  expect(run).toMatchObject({ id: ref.runId, status: 'interrupted' });
  const events = await follow(ref, { from: again.client });
  expect(events.slice(0, -1)).toEqual(all.slice(0, -1));
  expect(numbers(events)).toEqual(countTo(all.length));
});

test('a run of the same settings goes on from the checkpoint of one that was cut off, and no other does', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'exit');
  const cutOff = await start();
  await follow(cutOff);
  vi.stubEnv('FAKE_COMPUTE', '');
  const checkpointOf = ({ runId }: RunRef) =>
    join(server.dataFolder, 'projects', projectId, 'runs', runId, 'checkpoint.bin');
  const textOf = (ref: RunRef) => readFile(checkpointOf(ref), 'utf8').catch(() => null);
  await writeFile(checkpointOf(cutOff), 'how far it was');
  const other = await start({ ...config, seed: 1 });
  await follow(other);
  expect([await textOf(other), await textOf(cutOff)]).toEqual([null, 'how far it was']);
  const again = await start();
  await follow(again);
  expect([await textOf(again), await textOf(cutOff)]).toEqual(['how far it was', null]);
});

test('training refuses what cannot be trained, before anything is queued', async () => {
  const empty = await client.projects.create({});
  await expect(client.runs.start({ projectId: empty.id, config })).rejects.toMatchObject({
    data: { code: 'dataset/empty' },
  });
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'only'));
  await client.dataset.useFolder({ projectId: empty.id, folder });
  await expect(client.runs.start({ projectId: empty.id, config })).rejects.toMatchObject({
    data: { code: 'dataset/one-class' },
  });
  const { source } = await client.projects.get({ projectId });
  await rm(source.folder ?? '', { recursive: true });
  await expect(client.runs.start({ projectId, config })).rejects.toMatchObject({ data: { code: 'dataset/not-found' } });
  await expect(client.runs.start({ projectId, config: { ...config, epochs: 0 } })).rejects.toMatchObject({
    data: { code: 'setting/out-of-range' },
    message: expect.stringContaining('config.epochs') as string,
  });
  expect(await client.runs.list({ projectId })).toEqual([]);
});

test('a run of another project, or of none, is not found', async () => {
  const ref = { projectId, runId: 'nothing' };
  const notFound = { code: 'FAILED', data: { code: 'run/not-found' } };
  await expect(client.runs.get(ref)).rejects.toMatchObject(notFound);
  await expect(client.runs.stop(ref)).rejects.toMatchObject(notFound);
  await expect(client.runs.evaluation(ref)).rejects.toMatchObject(notFound);
  await expect(client.runs.evaluateTta(ref)).rejects.toMatchObject(notFound);
  await expect(client.runs.follow(ref)).rejects.toMatchObject(notFound);
  await expect(client.exports.list(ref)).rejects.toMatchObject(notFound);
});

test('removing a project ends its run and leaves no process and no file', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'grandchild');
  const ref = await start();
  const folder = join(server.dataFolder, 'projects', projectId, 'runs', ref.runId);
  await expect.poll(() => readdir(folder), { timeout: 10_000 }).toContain('grandchild.pid');
  const pid = Number(await readFile(join(folder, 'grandchild.pid'), 'utf8'));
  await client.projects.remove({ projectId });
  expect(await readdir(join(server.dataFolder, 'projects'))).toEqual([]);
  await expect
    .poll(() =>
      readFile(`/proc/${pid}/stat`, 'utf8').then(
        (stat) => stat.split(' ')[2],
        () => 'Z',
      ),
    )
    .toBe('Z');
});

test('exports are written, listed after a restart, and downloaded as a zip', async () => {
  const ref = await start();
  await expect(exported(client, { ...ref, formats: ['onnx'] })).rejects.toMatchObject({
    data: { code: 'model/not-found' },
  });
  await follow(ref);
  expect((await server.fetch(`/exports/${projectId}/${ref.runId}/onnx.zip`)).status).toBe(404);
  const reports = await exported(client, { ...ref, formats: ['onnx', 'tfjs', 'onnx'] });
  expect(reports.map(({ format, agreement }) => [format, agreement])).toEqual([
    ['onnx', { same: 2, of: 2 }],
    ['tfjs', { same: 2, of: 2 }],
  ]);
  await client.projects.rename({ projectId, name: '개미/"🐜"' });
  const zip = await server.fetch(`/exports/${projectId}/${ref.runId}/onnx.zip`);
  expect([zip.status, zip.headers.get('content-type')]).toEqual([200, 'application/zip']);
  expect(zip.headers.get('content-disposition')).toContain(encodeURIComponent('개미__🐜_-onnx.zip'));
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  expect(
    Object.entries(files)
      .map(([name, bytes]) => [name, bytes.length])
      .sort(),
  ).toEqual([
    ['model.onnx', 100_000],
    ['nested/라벨.txt', 4],
  ]);
  for (const name of ['keras.zip', 'onnx', '..%2f..%2ffovea.json', 'onnx.zip/..']) {
    expect((await server.fetch(`/exports/${projectId}/${ref.runId}/${name}`)).status).toBe(404);
  }
  const own = join(await temporaryFolder(), 'mine');
  await exported(client, { ...ref, formats: ['onnx'], folder: own });
  await expect(exported(client, { ...ref, formats: ['onnx'], folder: 'mine' })).rejects.toMatchObject({
    data: { code: 'export/target-unwritable' },
  });
  const uncalibrated = { ...ref, formats: ['tflite-int8' as const], calibrationFolder: join(own, 'nowhere') };
  await expect(exported(client, uncalibrated)).rejects.toMatchObject({ data: { code: 'dataset/not-found' } });
  const listed = await client.exports.list(ref);
  expect(listed.map(({ path }) => path)).toEqual([...reports.map(({ path }) => path), join(own, 'onnx')]);
  await server.close();
  const again = await startTestServer({ dataFolder: server.dataFolder });
  expect(await again.client.exports.list(ref)).toEqual(listed);
});

test('an export tells of each format as it goes, and asks before it replaces what lies in a folder of the user', async () => {
  const ref = await start();
  await follow(ref);
  const folder = join(await temporaryFolder(), 'mine');
  const order = { ...ref, formats: ['onnx', 'tfjs'] as const, folder };
  const told: unknown[] = [];
  for await (const event of await client.exports.create({ ...order, formats: [...order.formats] })) {
    if (event.type === 'writing') told.push([event.type, event.format, event.number, event.of]);
    else if (event.type === 'checking') told.push([event.type, event.done, event.total]);
    else if (event.type === 'exported') told.push([event.type, event.report.format]);
    else told.push([event.type, event.exports.map(({ path }) => path), event.refused]);
  }
  expect(told).toEqual([
    ['writing', 'onnx', 1, 2],
    ['checking', 2, 2],
    ['exported', 'onnx'],
    ['writing', 'tfjs', 2, 2],
    ['checking', 2, 2],
    ['exported', 'tfjs'],
    ['finished', [join(folder, 'onnx'), join(folder, 'tfjs')], []],
  ]);
  await expect(exported(client, { ...ref, formats: ['onnx'], folder })).rejects.toMatchObject({
    data: { code: 'export/target-exists', details: { folder: join(folder, 'onnx') } },
  });
  expect(await exported(client, { ...ref, formats: ['onnx'], folder, overwrite: true })).toHaveLength(1);
});

test('an export ends when nobody reads it any more, and what was in its place by then stays listed', async () => {
  const ref = await start();
  await follow(ref);
  vi.stubEnv('FAKE_COMPUTE', 'slow-export');
  for await (const event of await client.exports.create({ ...ref, formats: ['onnx', 'tfjs'] })) {
    if (event.type === 'exported') break;
  }
  const listed = async () => (await client.exports.list(ref)).map(({ format }) => format);
  await expect.poll(listed).toEqual(['onnx']);
  vi.stubEnv('FAKE_COMPUTE', ''); // the lane is free again
  expect(await exported(client, { ...ref, formats: ['tfjs'] })).toHaveLength(1);
});

test('a preview shows the epochs that were asked for with the settings that came with them, and starts nothing', async () => {
  const { pictures } = await client.dataset.pictures({ projectId, split: 'training' });
  const [{ id: pictureId, path, className } = { id: '', path: '', className: '' }] = pictures;
  const order = { projectId, pictureId, config: { ...config, augmentation: 'live' as const } };
  const preview = await client.runs.previewAugmentation({ ...order, startEpoch: 3, epochCount: 2 });
  expect(preview).toMatchObject({
    pictureId,
    path,
    className,
    epochs: [3, 4].map((epoch) => ({ epoch, png: Buffer.from('live').toString('base64'), mix: null })),
  });
  expect((await client.runs.previewAugmentation(order)).epochs).toHaveLength(8);
  expect(await client.runs.list({ projectId })).toEqual([]);
});

test('a preview of too many epochs or with a setting out of range is refused with the setting, its value and the range', async () => {
  const order = { projectId, pictureId: 'x', config };
  await expect(client.runs.previewAugmentation({ ...order, epochCount: 25 })).rejects.toMatchObject({
    data: { code: 'setting/out-of-range' },
    message: expect.stringContaining('epochCount 25') as string,
  });
  const augment = { ...config.augment, scaleRange: [100, 480] as [number, number] };
  await expect(client.runs.previewAugmentation({ ...order, config: { ...config, augment } })).rejects.toMatchObject({
    data: {
      code: 'setting/out-of-range',
      details: {
        setting: 'config.augment.scaleRange.0',
        value: '100',
        allowed: 'each of its parts is a number from 224 to 1000',
      },
    },
  });
});

test('test-time augmentation is measured on the pictures that the run trained from, with the views asked for', async () => {
  const ref = await start();
  await expect(client.runs.evaluateTta(ref)).rejects.toMatchObject({ data: { code: 'model/not-found' } });
  await follow(ref);
  const { folder } = (await client.projects.get({ projectId })).source;
  const measured = await client.runs.evaluateTta({ ...ref, scales: [256, 300], crops: ['centre', 'centre-flipped'] });
  expect(measured).toMatchObject({
    scales: [256, 300],
    crops: ['centre', 'centre-flipped'],
    secondsPerPicture: { plain: 0.1, tta: 0.2 },
    skipped: [{ path: folder, reason: `true ${config.validationFraction}` }],
  });
  expect(await client.runs.evaluateTta(ref)).toMatchObject({ scales: [224], crops: [] }); // ten, where nothing is said
});

test('a measurement that nobody waits for any more ends, and the next begins', async () => {
  const ref = await start();
  await follow(ref);
  vi.stubEnv('FAKE_COMPUTE', 'hang');
  const leave = new AbortController();
  const waiting = client.runs.evaluateTta(ref, { signal: leave.signal });
  setTimeout(() => leave.abort(), 500);
  await expect(waiting).rejects.toThrow();
  vi.stubEnv('FAKE_COMPUTE', '');
  expect(await client.runs.evaluateTta(ref)).toMatchObject({ fixedCount: 1 });
});

test("a run is estimated from the project's pictures and the settings, and nothing is started", async () => {
  const costs = await client.runs.estimate({ projectId, config: { ...config, variants: 3 } });
  expect(costs.off).toEqual({ passCount: 10, reusedCount: 0, seconds: 3, diskBytes: 1_500_000 });
  expect([costs.cached.passCount, costs.live.passCount]).toEqual([30, 600]);
  expect(await client.runs.list({ projectId })).toEqual([]);
});

test('the split of a run is counted for its shares, and nothing is started', async () => {
  const [first] = await client.runs.split({ projectId, seed: 3, validationFraction: 0.4, testFraction: 0 });
  expect(first?.counts).toEqual({ training: 10, validation: 4, test: 3 });
  expect(await client.runs.list({ projectId })).toEqual([]);
});

test('a run that cannot be estimated says why, as starting it would', async () => {
  const empty = (await client.projects.create({})).id;
  await expect(client.runs.estimate({ projectId: empty, config })).rejects.toMatchObject({
    data: { code: 'dataset/empty' },
  });
});

test('a class that is renamed after a run is called by its new name in all that the run shows, and by the old when that is undone', async () => {
  const ref = await start();
  await follow(ref);
  const rename = (className: string, newName: string) =>
    client.dataset.edit({ projectId, edit: { kind: 'rename-class', className, newName } });
  const shown = async () => {
    const [run, evaluation, tta] = await Promise.all([
      client.runs.get(ref),
      client.runs.evaluation(ref),
      client.runs.evaluateTta(ref),
    ]);
    const end = (await follow(ref)).at(-1)?.event;
    const [listed] = await client.runs.list({ projectId });
    const [report] = await exported(client, { ...ref, formats: ['onnx'] });
    return {
      run: run.report?.classes,
      counts: run.report?.counts.byClass,
      listed: listed?.report?.classes,
      evaluation: [evaluation.classes, evaluation.perClass.map(({ name }) => name)],
      tta: tta.evaluation.classes,
      end: end?.type === 'finished' && end.report.classes,
      labels: await readFile(join(report?.path ?? '', 'nested', '라벨.txt'), 'utf8'),
    };
  };
  const named = (a: string, b: string) => ({
    run: [a, b],
    counts: { [a]: 2, [b]: 2 },
    listed: [a, b],
    evaluation: [
      [a, b],
      [a, b],
    ],
    tta: [a, b],
    end: [a, b],
    labels: `${a}\n${b}\n`,
  });
  expect(await shown()).toEqual(named('a', 'b'));
  await rename('a', '개미');
  expect(await shown()).toEqual(named('개미', 'b'));
  await rename('개미', 'ant');
  await rename('b', 'bee');
  expect(await shown()).toEqual(named('ant', 'bee'));
  await client.dataset.undo({ projectId });
  await client.dataset.undo({ projectId });
  await server.close();
  server = await startTestServer({ dataFolder: server.dataFolder });
  client = server.client;
  expect(await shown()).toEqual(named('개미', 'b'));
  await client.dataset.undo({ projectId });
  expect(await shown()).toEqual(named('a', 'b'));
});

test('a worker that dies in an edit leaves everything as it was', async () => {
  const before = await client.dataset.summary({ projectId });
  vi.stubEnv('FAKE_COMPUTE', 'exit');
  const edit = { kind: 'rename-class', className: 'a', newName: 'x' } as const;
  await expect(client.dataset.edit({ projectId, edit })).rejects.toMatchObject({ data: { code: 'run/crashed' } });
  vi.unstubAllEnvs();
  expect(await client.dataset.summary({ projectId })).toEqual(before);
  expect((await client.dataset.edits({ projectId })).total).toBe(0);
  expect(await client.dataset.edit({ projectId, edit })).toMatchObject({ position: 1 });
});
