import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FolderPrediction, LivePrediction } from '../../src-main/contract/predictions.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { startTestServer, temporaryFolder, type TestServer } from '../helpers/server.ts';

vi.mock('../../src-main/studio/backbones.ts', async (original) => ({
  ...(await original<object>()),
  requireBackbone: () => Promise.resolve(), // these workers need none; backbones have a test of their own
}));

let server: TestServer;
let folder: string;
let ref: { projectId: string; runId: string };
let pictures: readonly { readonly id: string; readonly path: string; readonly sha256: string }[];

beforeEach(async () => {
  server = await startTestServer();
  folder = await temporaryFolder();
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 5; index++) await writeFile(join(folder, name, `${index}.jpg`), '');
  }
  await writeFile(join(folder, 'b', 'broken.jpg'), '');
  await writeFile(join(folder, 'b', 'crash.jpg'), '');
  const projectId = (await server.client.projects.create({})).id;
  await server.client.dataset.useFolder({ projectId, folder });
  ({ pictures } = await server.client.dataset.pictures({ projectId }));
  ref = { projectId, runId: await train(projectId) };
});
afterEach(() => vi.unstubAllEnvs());

async function train(projectId: string): Promise<string> {
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 2 };
  const { id: runId } = await server.client.runs.start({ projectId, config });
  for await (const event of await server.client.runs.follow({ projectId, runId })) void event;
  return runId;
}

const runFolder = () => join(server.dataFolder, 'projects', ref.projectId, 'runs', ref.runId);
const told = async () => (await readFile(join(runFolder(), 'model', 'predictor.txt'), 'utf8')).trim().split('\n');
const heatMap = (path: string, query = '', init?: RequestInit) =>
  server.fetch(`/heatmaps/${ref.projectId}/${ref.runId}/${idOf(path)}.png${query}`, init);
const idOf = (path: string) => pictures.find((picture) => picture.path === path)?.id ?? path;
const predict = (body: string | Uint8Array<ArrayBuffer>, query = '') =>
  server.fetch(`/predict/${ref.projectId}/${ref.runId}${query}`, { method: 'POST', body });
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];

test('a heat map is made once, of the class that is asked for, and served from the cache from then on', async () => {
  const first = await heatMap('a/1.jpg', '?class=a');
  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(await first.text()).toBe(`heat of 0 in ${join(folder, 'a', '1.jpg')}`);
  const predicted = await heatMap('a/1.jpg');
  expect(await predicted.text()).toBe(`heat of 1 in ${join(folder, 'a', '1.jpg')}`);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).not.toBe(predicted.headers.get('etag'));
  expect((await heatMap('a/1.jpg', '?class=a', { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect((await heatMap('a/1.jpg', '?class=a&v=1')).headers.get('cache-control')).toContain('immutable');
  expect(await told()).toEqual(['start', 'ask', 'ask']);
});

test('many at once keep one predictor busy, and two who ask for the same share its answer', async () => {
  const paths = [0, 1, 2, 3, 4].flatMap((index) => [`a/${index}.jpg`, `b/${index}.jpg`]);
  const answers = await Promise.all([...paths, ...paths].map((path) => heatMap(path)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect((await told()).filter((what) => what === 'start')).toHaveLength(1);
  expect((await told()).filter((what) => what === 'ask')).toHaveLength(paths.length);
});

test('what cannot be shown says why', async () => {
  expect(await codeOf(await heatMap('nothing'))).toEqual([404, 'project/not-found']);
  expect(await codeOf(await heatMap('a/1.jpg', '?class=c'))).toEqual([422, 'setting/out-of-range']);
  expect(await codeOf(await heatMap('b/broken.jpg'))).toEqual([415, 'image/unreadable']);
  expect(await codeOf(await server.fetch(`/heatmaps/${ref.projectId}/none/${idOf('a/1.jpg')}.png`))).toEqual([
    404,
    'run/not-found',
  ]);
});

test('a predictor that a picture kills is started again for the next', async () => {
  expect(await codeOf(await heatMap('b/crash.jpg'))).toEqual([422, 'run/crashed']);
  expect((await heatMap('a/1.jpg')).status).toBe(200);
  expect((await told()).filter((what) => what === 'start')).toHaveLength(2);
});

test('a dropped picture is named, with its heat map if that is asked for, while a training goes on', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 1000 };
  await server.client.runs.start({ projectId: ref.projectId, config });
  const plain = (await (await predict('a cat')).json()) as LivePrediction;
  expect(plain).toEqual({ predicted: 'b', probabilities: { a: 0.25, b: 0.75 }, heatMap: null });
  const shown = async (query: string) => ((await (await predict('a cat', query)).json()) as LivePrediction).heatMap;
  const image = (text: string) => `data:image/png;base64,${Buffer.from(text).toString('base64')}`;
  expect(await shown('?heatmap')).toEqual({ className: 'b', method: 'cam', image: image('heat of 1 in a cat') });
  expect(await shown('?heatmap=a')).toEqual({ className: 'a', method: 'cam', image: image('heat of 0 in a cat') });
  expect(await codeOf(await predict('a cat', '?heatmap=c'))).toEqual([422, 'setting/out-of-range']);
  expect(await codeOf(await predict('broken'))).toEqual([415, 'image/unreadable']);
  expect((await told()).filter((what) => what === 'start')).toHaveLength(1);
});

test('a picture that is too large is refused, and another page may not ask', async () => {
  expect(await codeOf(await predict(new Uint8Array(64 * 1024 * 1024 + 1)))).toEqual([413, 'image/unreadable']);
  const foreign = await fetch(`${server.origin}/predict/${ref.projectId}/${ref.runId}`, {
    method: 'POST',
    body: 'a cat',
    headers: { cookie: server.cookie, origin: 'http://127.0.0.1:1' },
  });
  expect(foreign.status).toBe(403);
});

async function predictFolder(
  path: string,
  isEnough: (event: FolderPrediction) => boolean = ({ type }) => type === 'finished',
) {
  const seen: FolderPrediction[] = [];
  for await (const event of await server.client.runs.predictFolder({ ...ref, folder: path })) {
    seen.push(event);
    if (isEnough(event)) break;
  }
  return seen;
}

test('a folder is predicted with its progress, and the table comes last', async () => {
  const seen = await predictFolder(folder);
  expect(seen.at(-2)).toEqual({ type: 'progress', done: 2, total: 2 }); // what comes faster than it is read is told together
  expect(seen.at(-1)).toEqual({
    type: 'finished',
    predictions: [{ path: join(folder, 'one.jpg'), predicted: 'b', probabilities: { a: 0.25, b: 0.75 } }],
    skipped: [{ path: join(runFolder(), 'model'), reason: 'not a picture' }],
  });
  await expect(predictFolder('relative')).rejects.toMatchObject({ data: { code: 'dataset/not-found' } });
  await expect(predictFolder(join(folder, 'none'))).rejects.toMatchObject({ data: { code: 'dataset/not-found' } });
});

test('after a class was renamed, pictures are named by its new name, and its heat map is asked for by that', async () => {
  const edit = { kind: 'rename-class', className: 'a', newName: '개미' } as const;
  await server.client.dataset.edit({ projectId: ref.projectId, edit });
  const named = { predicted: 'b', probabilities: { 개미: 0.25, b: 0.75 } };
  expect(await (await predict('a cat')).json()).toEqual({ ...named, heatMap: null });
  expect((await heatMap('a/1.jpg', `?class=${encodeURIComponent('개미')}`)).status).toBe(200);
  expect(await codeOf(await heatMap('a/1.jpg', '?class=a'))).toEqual([422, 'setting/out-of-range']);
  expect((await predictFolder(folder)).at(-1)).toMatchObject({ predictions: [named] });
});

test('whoever stops reading ends the prediction of a folder, so that the next job is not kept waiting', async () => {
  vi.stubEnv('FAKE_COMPUTE', 'slow');
  await predictFolder(folder, () => true);
  vi.unstubAllEnvs();
  expect((await predictFolder(folder)).at(-1)).toMatchObject({ type: 'finished' });
});

test('removing the project ends its predictor and takes the heat maps along', async () => {
  await heatMap('a/1.jpg');
  const cache = join(server.dataFolder, 'projects', ref.projectId, 'cache', 'heat-maps', ref.runId);
  expect(await readdir(cache)).toHaveLength(1);
  await rm(cache, { recursive: true });
  expect((await heatMap('a/1.jpg')).status).toBe(200); // a cache may be cleared at any time
  await server.client.projects.remove({ projectId: ref.projectId });
  expect(await readdir(join(server.dataFolder, 'projects'))).toEqual([]);
});
