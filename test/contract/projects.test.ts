import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, temporaryFolder, type TestServer } from '../helpers/server.ts';

/** A folder with classes of files; the fake worker takes any file for a picture. */
async function makeFolder(counts: Readonly<Record<string, number>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, count] of Object.entries(counts)) {
    await mkdir(join(folder, name));
    for (let index = 0; index < count; index++) await writeFile(join(folder, name, `${index}.jpg`), '');
  }
  return folder;
}

const put = (server: TestServer, projectId: string, path: string, body: BodyInit) =>
  server.fetch(`/upload/${projectId}?path=${encodeURIComponent(path)}`, { method: 'PUT', body });

test('the app says its version, what is installed and, after the first probe, how fast this machine runs', async () => {
  const { client, dataFolder } = await startTestServer();
  await expect.poll(async () => (await client.app.status()).backend?.tier).toBe('everywhere');
  const status = await client.app.status();
  expect(status).toMatchObject({ version: expect.stringMatching(/^\d/) as string, backendProblem: null, dataFolder });
  expect(status.backbones.filter(({ isDefault }) => isDefault)).toHaveLength(1);
});

test('a project is made, named, found after a restart, and removed', async () => {
  const first = await startTestServer();
  const made = await first.client.projects.create({});
  expect(made).toMatchObject({ name: 'Untitled', source: { kind: 'none' } });
  const named = await first.client.projects.rename({ projectId: made.id, name: '벌과 개미 🐜' });
  await first.close();
  const second = await startTestServer({ dataFolder: first.dataFolder });
  expect(await second.client.projects.list()).toEqual([named]);
  expect(await second.client.projects.get({ projectId: made.id })).toEqual(named);
  expect(await second.client.projects.remove({ projectId: made.id })).toEqual({});
  expect(await second.client.projects.list()).toEqual([]);
  await expect(second.client.projects.get({ projectId: made.id })).rejects.toMatchObject({
    code: 'FAILED',
    defined: true,
    data: { code: 'project/not-found', details: { projectId: made.id } },
  });
});

test('a corrupt project is shown as broken while the app and its other projects work', async () => {
  const { client, dataFolder } = await startTestServer();
  const good = await client.projects.create({ name: 'good' });
  const broken = await client.projects.create({ name: 'broken' });
  await writeFile(join(dataFolder, 'projects', broken.id, 'fovea.json'), '{');
  const list = await client.projects.list();
  expect(list.map(({ id, problem }) => [id, problem?.code ?? null]).sort()).toEqual(
    [
      [good.id, null],
      [broken.id, 'project/corrupt'],
    ].sort(),
  );
  await expect(client.dataset.summary({ projectId: broken.id })).rejects.toMatchObject({
    data: { code: 'project/corrupt' },
  });
});

test('input that the contract refuses is answered with the setting and its range', async () => {
  const { client } = await startTestServer();
  await expect(client.projects.get({ projectId: '../../etc' })).rejects.toMatchObject({
    code: 'FAILED',
    data: { code: 'setting/out-of-range' },
    message: expect.stringContaining('projectId') as string,
  });
});

test('a folder is referenced where it lies, counted, and gives the project its name', async () => {
  const { client } = await startTestServer();
  const folder = await makeFolder({ ants: 5, bees: 10 });
  const { id: projectId } = await client.projects.create({});
  expect(await client.dataset.summary({ projectId })).toBeNull();
  const summary = await client.dataset.useFolder({ projectId, folder });
  expect(summary).toMatchObject({ imageCount: 15, blocker: null });
  expect(await client.dataset.summary({ projectId })).toEqual(summary);
  expect(await client.projects.get({ projectId })).toMatchObject({
    name: folder.split('/').at(-1),
    source: { kind: 'folder', folder },
    imageCount: 15,
  });

  const bees = await client.dataset.pictures({ projectId, className: 'bees', offset: 8, limit: 5 });
  expect(bees.total).toBe(10);
  expect(bees.pictures.map(({ path }) => path)).toEqual(['bees/8.jpg', 'bees/9.jpg']);
  expect((await client.dataset.pictures({ projectId, split: 'validation' })).total).toBe(3);

  await rm(join(folder, 'ants'), { recursive: true });
  expect(await client.dataset.scan({ projectId })).toMatchObject({
    imageCount: 10,
    blocker: { code: 'dataset/one-class' },
  });
});

test('a folder that cannot be used says why and leaves the project as it was', async () => {
  const { client } = await startTestServer();
  const folder = await makeFolder({ ants: 2, bees: 2 });
  const file = join(folder, 'ants', '0.jpg');
  const { id: projectId } = await client.projects.create({});
  const before = await client.dataset.useFolder({ projectId, folder });
  for (const [wrong, code] of [
    [join(folder, 'nowhere'), 'dataset/not-found'],
    ['relative/folder', 'dataset/not-found'],
    ['a\0b', 'dataset/not-found'],
    [file, 'dataset/not-a-folder'],
  ] as const) {
    await expect(client.dataset.useFolder({ projectId, folder: wrong })).rejects.toMatchObject({ data: { code } });
  }
  expect(await client.dataset.summary({ projectId })).toEqual(before);
  expect((await client.projects.get({ projectId })).source).toEqual({ kind: 'folder', folder });
});

test('scanning a project without pictures says what to do', async () => {
  const { client } = await startTestServer();
  const { id: projectId } = await client.projects.create({});
  await expect(client.dataset.scan({ projectId })).rejects.toMatchObject({ data: { code: 'dataset/empty' } });
  expect(await client.dataset.pictures({ projectId })).toEqual({ total: 0, pictures: [] });
});

test('a first run needs no data of one’s own: the sample project draws its pictures', async () => {
  const { client } = await startTestServer();
  const sample = await client.projects.createSample();
  expect(sample).toMatchObject({ source: { kind: 'sample' }, imageCount: 10 });
  expect(await client.dataset.summary({ projectId: sample.id })).toMatchObject({ blocker: null });
});

test('uploaded files become the project’s pictures, with names in any script kept', async () => {
  const server = await startTestServer();
  const { id: projectId } = await server.client.projects.create({ name: 'drop' });
  const paths = ['개미/일개미 1.jpg', '🐝/여왕.jpg', '개미/cafe\u0301.jpg'];
  for (const path of paths) {
    const response = await put(server, projectId, path, 'bytes');
    expect([response.status, await response.json()]).toEqual([201, { path, sizeBytes: 5 }]);
  }
  expect(await server.client.dataset.scan({ projectId })).toMatchObject({ imageCount: 3 });
  const { pictures } = await server.client.dataset.pictures({ projectId });
  expect(pictures.map(({ path }) => path).sort()).toEqual([...paths].sort());
  expect((await server.client.projects.get({ projectId })).source.kind).toBe('upload');
});

test('an upload replaces the same file as a whole, and an empty file is kept for the scan to judge', async () => {
  const server = await startTestServer();
  const { id: projectId } = await server.client.projects.create({});
  await put(server, projectId, 'a/1.jpg', 'x'.repeat(100_000));
  const again = await put(server, projectId, 'a/1.jpg', '');
  expect(await again.json()).toEqual({ path: 'a/1.jpg', sizeBytes: 0 });
});

test.each([
  '../../evil.jpg',
  '/etc/cron.d/evil',
  'a/../../../evil',
  'C:\\evil',
  'a\0.jpg',
  `${'x'.repeat(300)}.jpg`,
  '',
])('an upload to %j is refused', async (path) => {
  const server = await startTestServer();
  const { id: projectId } = await server.client.projects.create({});
  const response = await put(server, projectId, path, 'x');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'project/bad-path' });
  expect((await server.client.projects.get({ projectId })).source.kind).toBe('none');
});

test('an upload onto a folder, below a file, into no project, or too large is refused', async () => {
  const server = await startTestServer();
  const { id: projectId } = await server.client.projects.create({});
  await put(server, projectId, 'a/1.jpg', 'x');
  for (const path of ['a', 'a/1.jpg/2.jpg']) expect((await put(server, projectId, path, 'x')).status).toBe(400);
  expect((await put(server, 'nobody', 'a.jpg', 'x')).status).toBe(404);
  expect((await server.fetch('/upload/..%2f..%2f?path=a', { method: 'PUT', body: 'x' })).status).toBe(404);
  let sent = 0;
  const unannounced = new ReadableStream<Uint8Array>({
    pull: (stream) => (sent++ > 300 ? stream.close() : stream.enqueue(new Uint8Array(1024 * 1024))),
  });
  const streamed: RequestInit & { duplex: 'half' } = { method: 'PUT', body: unannounced, duplex: 'half' };
  const large = await server.fetch(`/upload/${projectId}?path=large.jpg`, streamed);
  expect([large.status, await large.json()]).toMatchObject([
    413,
    { message: expect.stringContaining('256 MiB') as string },
  ]);
  expect((await server.client.dataset.scan({ projectId })).imageCount).toBe(1);
});

test('a thumbnail is made once, revalidated by its tag, and pinned by the picture’s hash', async () => {
  const server = await startTestServer();
  const { id: projectId } = await server.client.projects.create({});
  await server.client.dataset.useFolder({ projectId, folder: await makeFolder({ ants: 1, bees: 1 }) });
  const [picture] = (await server.client.dataset.pictures({ projectId })).pictures;
  const path = `/images/${projectId}/${picture?.id}?size=200`;
  const response = await server.fetch(path);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/webp']);
  expect(await response.text()).toContain('thumbnail of ');
  const tag = response.headers.get('etag') ?? '';
  expect((await server.fetch(path, { headers: { 'if-none-match': tag } })).status).toBe(304);
  const pinned = await server.fetch(`${path}&v=${picture?.sha256}`);
  expect(pinned.headers.get('cache-control')).toContain('immutable');
  expect(response.headers.get('cache-control')).not.toContain('immutable');
});

test('a picture that once brought its reader down is not tried again, after a restart either', async () => {
  const first = await startTestServer();
  const { id: projectId } = await first.client.projects.create({});
  const folder = await makeFolder({ ants: 1, bees: 1 });
  const file = join(folder, 'ants', 'crash.jpg');
  await writeFile(file, '');
  await first.client.dataset.useFolder({ projectId, folder });
  const { pictures } = await first.client.dataset.pictures({ projectId });
  const path = `/images/${projectId}/${pictures.find(({ path }) => path === 'ants/crash.jpg')?.id}?size=128`;
  expect((await first.fetch(path)).status).toBe(415);
  await first.close();
  const second = await startTestServer({ dataFolder: first.dataFolder });
  expect((await second.fetch(path)).status).toBe(415);
  expect(await readFile(`${file}.tries`, 'utf8')).toBe('.');
});

test('pictures that are broken, unknown or asked for at an absurd size are answered with a reason', async () => {
  const server = await startTestServer();
  const { id: projectId } = await server.client.projects.create({});
  const folder = await makeFolder({ ants: 1, bees: 1 });
  for (const name of ['broken.jpg', 'crash.jpg']) await writeFile(join(folder, 'ants', name), '');
  await server.client.dataset.useFolder({ projectId, folder });
  const { pictures } = await server.client.dataset.pictures({ projectId });
  const show = (name: string, size = '128') =>
    server.fetch(`/images/${projectId}/${pictures.find(({ path }) => path.endsWith(name))?.id}?size=${size}`);
  for (const name of ['broken.jpg', 'crash.jpg', 'crash.jpg']) {
    const response = await show(name);
    expect([response.status, (await response.json()) as unknown]).toMatchObject([415, { code: 'image/unreadable' }]);
  }
  expect((await show('0.jpg')).status).toBe(200);
  expect((await show('0.jpg', '0')).status).toBe(422);
  expect((await show('0.jpg', '1e9')).status).toBe(422);
  for (const path of [
    '/images/../../etc/passwd',
    `/images/${projectId}/..%2f..%2ffovea.json`,
    '/images/nobody/0123456789abcdef',
  ]) {
    expect((await server.fetch(path)).status).toBe(404);
  }
});
