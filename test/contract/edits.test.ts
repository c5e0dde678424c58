/** Edits through the server, made by the real workers on real files. */
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EditRequest } from '../../src-main/contract/edits.ts';
import { readManifest } from '../../src-main/engine/dataset/manifest-file.ts';
import { makeImageFolder } from '../helpers/image-folders.ts';
import { buildWorkers, startTestServer, temporaryFolder, type TestClient, type TestServer } from '../helpers/server.ts';

let workers: Awaited<ReturnType<typeof buildWorkers>>;
let server: TestServer;
let client: TestClient;
let projectId: string;
let folder: string;

beforeAll(async () => {
  workers = await buildWorkers();
});
afterAll(() => workers.remove());
beforeEach(async () => {
  server = await startTestServer({ workers });
  client = server.client;
  folder = await makeImageFolder({ cat: 5, dog: 5, owl: 3 });
  projectId = (await client.projects.create({})).id;
  await client.dataset.useFolder({ projectId, folder });
});

const edit = (request: EditRequest) => client.dataset.edit({ projectId, edit: request });
const fileOf = (name: string) => join(server.dataFolder, 'projects', projectId, name);
const idOf = (path: string) => createHash('sha256').update(path).digest('hex').slice(0, 16);

/** Pictures of each class and those left out, as the summary counts them. */
async function counts(): Promise<Record<string, number>> {
  const summary = await client.dataset.summary({ projectId });
  const classes = summary?.classes.map(({ name, imageCount }) => [name, imageCount] as const) ?? [];
  return { ...Object.fromEntries(classes), total: summary?.imageCount ?? -1, left: summary?.excludedCount ?? -1 };
}

/** Everything below a folder: path, content and times. */
async function stateOf(root: string): Promise<string[]> {
  const paths = (await readdir(root, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const lines = paths.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    const { mtimeMs, ctimeMs, ino } = await stat(file);
    const hash = createHash('sha256').update(await readFile(file)).digest('hex'); // prettier-ignore
    return [relative(root, file), hash, mtimeMs, ctimeMs, ino].join(' ');
  });
  return (await Promise.all(lines)).sort();
}

test('an edit shows at once in summary, list, project and thumbnails; undo and redo move between; files stay as they are', async () => {
  const before = await stateOf(folder);
  const start = await counts();
  expect(start).toEqual({ cat: 5, dog: 5, owl: 3, total: 13, left: 0 });
  const [a, b] = [idOf('cat/1.jpg'), idOf('cat/2.jpg')];
  expect(await edit({ kind: 'relabel', pictureIds: [a, b], className: 'dog' })).toMatchObject({
    isRecorded: true,
    changedCount: 2,
    position: 1,
    canUndo: true,
    canRedo: false,
    summary: { imageCount: 13, classes: [{ name: 'cat', imageCount: 3 }, { name: 'dog', imageCount: 7 }, {}] },
  });
  await edit({ kind: 'exclude', pictureIds: [b, idOf('owl/1.jpg')] });
  expect(await counts()).toEqual({ cat: 3, dog: 6, owl: 2, total: 11, left: 2 });
  expect((await client.projects.get({ projectId })).imageCount).toBe(11);

  const listed = async (filter: object) =>
    (await client.dataset.pictures({ projectId, ...filter })).pictures.map(({ path }) => path);
  expect(await listed({ excluded: 'only' })).toEqual(['cat/2.jpg', 'owl/1.jpg']);
  expect(await listed({ isEdited: true, className: 'dog' })).toEqual(['cat/1.jpg']);
  expect(await listed({ classNames: ['cat', 'owl'], search: '3.JPG' })).toEqual(['cat/3.jpg', 'owl/3.jpg']);
  expect((await client.dataset.pictureIds({ projectId, excluded: 'only' })).pictureIds).toEqual([b, idOf('owl/1.jpg')]);
  expect((await server.fetch(`/images/${projectId}/${b}?size=128`)).status).toBe(200);

  expect(await client.dataset.undo({ projectId })).toMatchObject({ position: 1, canUndo: true, canRedo: true });
  expect(await counts()).toEqual({ cat: 3, dog: 7, owl: 3, total: 13, left: 0 });
  await client.dataset.undo({ projectId });
  expect(await counts()).toEqual(start);
  await client.dataset.redo({ projectId });
  expect(await client.dataset.redo({ projectId })).toMatchObject({ position: 2, canRedo: false, changedCount: null });
  expect(await counts()).toEqual({ cat: 3, dog: 6, owl: 2, total: 11, left: 2 });
  expect(await stateOf(folder)).toEqual(before);
});

test('the history tells what was done and what can be redone, newest first', async () => {
  await edit({ kind: 'rename-class', className: 'cat', newName: 'feline' });
  await edit({ kind: 'merge-classes', classNames: ['dog'], into: 'feline' });
  await edit({ kind: 'move-to-split', pictureIds: [idOf('owl/1.jpg')], split: 'test' });
  await client.dataset.undo({ projectId });
  expect(await client.dataset.edits({ projectId, limit: 2 })).toMatchObject({
    edits: [
      { number: 3, words: 'Moved 1 picture to test' },
      { number: 2, words: 'Merged class "dog" into "feline"', edit: { classNames: ['dog'], into: 'feline' } },
    ],
    total: 3,
    position: 2,
    canUndo: true,
    canRedo: true,
    gone: { pictureCount: 0, classCount: 0 },
    notice: null,
  });
  await edit({ kind: 'add-class', className: 'hen' });
  const { edits, canRedo } = await client.dataset.edits({ projectId });
  expect([edits.map(({ words }) => words), canRedo]).toEqual([
    ['Added class "hen"', 'Merged class "dog" into "feline"', 'Renamed class "cat" to "feline"'],
    false,
  ]);
  expect((await client.dataset.summary({ projectId }))?.blocker?.code).toBe('dataset/too-few-images'); // hens are none
});

test('edits outlive a restart, a new scan, and moving the files; those of files that are gone are counted', async () => {
  await edit({ kind: 'relabel', pictureIds: [idOf('cat/1.jpg'), idOf('cat/2.jpg')], className: 'dog' });
  await edit({ kind: 'rename-class', className: 'dog', newName: 'hound' });
  await server.close();
  await mkdir(join(folder, 'owl', 'deep'));
  await rename(join(folder, 'cat', '1.jpg'), join(folder, 'owl', 'deep', 'other.jpg'));
  await rm(join(folder, 'cat', '2.jpg'));
  server = await startTestServer({ workers, dataFolder: server.dataFolder });
  client = server.client;
  expect(await counts()).toEqual({ cat: 3, hound: 7, owl: 3, total: 13, left: 0 });
  await client.dataset.scan({ projectId });
  expect(await counts()).toEqual({ cat: 3, hound: 6, owl: 3, total: 12, left: 0 });
  const { pictures } = await client.dataset.pictures({ projectId, isEdited: true });
  expect(pictures).toMatchObject([{ path: 'owl/deep/other.jpg', className: 'hound', relabelledFrom: 'owl' }]);
  expect((await client.dataset.edits({ projectId })).gone).toEqual({ pictureCount: 1, classCount: 0 });
});

test('a move to a split holds in the list and in the counts', async () => {
  const { pictures } = await client.dataset.pictures({ projectId, className: 'cat', split: 'validation' });
  const pictureIds = pictures.map(({ id }) => id);
  const { summary } = await edit({ kind: 'move-to-split', pictureIds, split: 'test' });
  const count = pictureIds.length;
  expect(summary.classes[0]?.counts).toEqual({ training: 5 - count, validation: 0, test: count });
  const moved = await client.dataset.pictures({ projectId, split: 'test' });
  expect(moved.pictures.map(({ id, isSplitEdited }) => [id, isSplitEdited])).toEqual(pictureIds.map((id) => [id, true]));
}); // prettier-ignore

test('what cannot be edited is refused by its code and leaves no trace; what changes nothing is not recorded', async () => {
  const one = [idOf('cat/1.jpg')];
  const refused: readonly [EditRequest, string][] = [
    [{ kind: 'relabel', pictureIds: one, className: 'cow' }, 'dataset/class-not-found'],
    [{ kind: 'exclude', pictureIds: [...one, 'nothing'] }, 'dataset/picture-not-found'],
    [{ kind: 'rename-class', className: 'cat', newName: 'DOG' }, 'dataset/name-taken'],
    [{ kind: 'add-class', className: '../../evil' }, 'dataset/bad-name'],
    [{ kind: 'exclude', pictureIds: [] }, 'setting/out-of-range'],
  ];
  for (const [request, code] of refused) await expect(edit(request)).rejects.toMatchObject({ data: { code } });
  for (const call of [client.dataset.undo, client.dataset.redo])
    await expect(call({ projectId })).rejects.toMatchObject({ data: { code: 'dataset/no-such-edit' } });
  const same = await edit({ kind: 'relabel', pictureIds: one, className: 'cat' });
  expect(same).toMatchObject({ isRecorded: false, changedCount: 0, canUndo: false });
  expect(await client.dataset.edits({ projectId })).toMatchObject({ edits: [], total: 0 });

  const { id: empty } = await client.projects.create({});
  const early = client.dataset.edit({ projectId: empty, edit: { kind: 'add-class', className: 'x' } });
  await expect(early).rejects.toMatchObject({ data: { code: 'dataset/empty' } });
});

test('edits made at the same time are made one after another', async () => {
  const ids = ['cat/1.jpg', 'cat/2.jpg', 'dog/1.jpg', 'dog/2.jpg'].map(idOf);
  const results = await Promise.all(ids.map((id) => edit({ kind: 'exclude', pictureIds: [id] })));
  expect(results.map(({ position }) => position).sort()).toEqual([1, 2, 3, 4]);
  expect(await counts()).toMatchObject({ total: 9, left: 4 });
});

test('an edit of as many pictures as are allowed comes through the door', async () => {
  const pictureIds = Array.from({ length: 100_000 }, (_, index) => idOf(String(index)));
  await expect(edit({ kind: 'exclude', pictureIds })).rejects.toMatchObject({
    data: { code: 'dataset/picture-not-found', details: { missingCount: 100_000 } },
  });
});

test('the edited dataset is written to a folder of its own, as a scan then finds it; the pictures stay as they are', async () => {
  await edit({ kind: 'rename-class', className: 'cat', newName: 'pet' });
  await edit({ kind: 'merge-classes', classNames: ['dog'], into: 'pet' });
  await edit({ kind: 'exclude', pictureIds: [idOf('owl/1.jpg')] });
  await edit({ kind: 'move-to-split', pictureIds: [idOf('owl/2.jpg')], split: 'validation' });
  await edit({ kind: 'move-to-split', pictureIds: [idOf('owl/3.jpg')], split: 'training' });
  const before = await stateOf(folder);
  const target = join(await temporaryFolder(), 'deep', '편집본');
  const report = await client.dataset.applyToCopy({ projectId, folder: target, layout: 'splits' });
  expect(report).toMatchObject({
    folder: target,
    imageCount: 12,
    classes: [
      { name: 'owl', imageCount: 2 },
      { name: 'pet', imageCount: 10 },
    ],
    copiedCount: 12,
    linkedCount: 0,
    skipped: [],
  });
  const again = (await client.projects.create({})).id;
  const copied = await client.dataset.useFolder({ projectId: again, folder: target });
  const summary = await client.dataset.summary({ projectId });
  expect(copied).toMatchObject({ splitSource: 'folders', classes: summary?.classes, skipped: [] });
  const contents = async (id: string) =>
    (await client.dataset.pictures({ projectId: id })).pictures
      .map(({ sha256, className, split }) => [sha256, className, split].join())
      .sort();
  expect(await contents(again)).toEqual(await contents(projectId));
  expect(report.renamedCount).toBeGreaterThan(0); // cats and dogs bear the same names
  expect(await stateOf(folder)).toEqual(before);
});

test('a copy goes into no folder that holds something, nor into that of the pictures, and leaves nothing where it fails', async () => {
  const parent = await temporaryFolder();
  await writeFile(join(parent, 'note.txt'), 'mine');
  const order = { projectId, method: 'link' as const };
  for (const [wrong, code] of [
    [parent, 'export/target-exists'],
    [join(parent, 'note.txt', 'x'), 'export/target-unwritable'],
    [join(folder, 'copy'), 'export/target-unwritable'],
    ['relative', 'export/target-unwritable'],
  ] as const) {
    await expect(client.dataset.applyToCopy({ ...order, folder: wrong })).rejects.toMatchObject({ data: { code } });
  }
  expect(await readdir(parent)).toEqual(['note.txt']);
  expect((await readdir(folder)).sort()).toEqual(['cat', 'dog', 'owl']);
  await mkdir(join(parent, 'empty'));
  const report = await client.dataset.applyToCopy({ ...order, folder: join(parent, 'empty') });
  expect([report.imageCount, report.linkedCount + report.copiedCount]).toEqual([13, 13]);
  expect((await readdir(parent)).sort()).toEqual(['empty', 'note.txt']);
});

test('an edit that was recorded and not applied, since the app ended in between, is applied at the next look', async () => {
  const pictureIds = [idOf('cat/1.jpg')];
  await edit({ kind: 'exclude', pictureIds });
  const kept = ['dataset.json', 'edited.jsonl', 'pictures.jsonl'];
  const aside = await temporaryFolder();
  for (const name of kept) await cp(fileOf(name), join(aside, name));
  await edit({ kind: 'relabel', pictureIds: [idOf('dog/1.jpg')], className: 'cat' });
  for (const name of kept) await cp(join(aside, name), fileOf(name));
  expect(await counts()).toEqual({ cat: 5, dog: 4, owl: 3, total: 12, left: 1 });
  expect((await readManifest(fileOf('edited.jsonl'))).entries).toHaveLength(12);
});

test('a record of edits whose end was torn is mended with a notice; one that is damaged is named, and its removal forgets all edits', async () => {
  await edit({ kind: 'exclude', pictureIds: [idOf('cat/1.jpg')] });
  const whole = await readFile(fileOf('edits.jsonl'), 'utf8');
  await appendFile(fileOf('edits.jsonl'), '{"type":"edit","at":"2026-01-01T00:0');
  expect(await counts()).toMatchObject({ total: 12, left: 1 });
  expect(await client.dataset.edits({ projectId })).toMatchObject({ total: 1, notice: expect.stringContaining('cut off') as string }); // prettier-ignore
  expect(await readFile(fileOf('edits.jsonl'), 'utf8')).toBe(whole);
  await edit({ kind: 'exclude', pictureIds: [idOf('cat/2.jpg')] });
  expect(await client.dataset.edits({ projectId })).toMatchObject({ total: 2, notice: null });

  await writeFile(fileOf('edits.jsonl'), whole.replace('"kind":"exclude"', '"kind":"explode"'));
  const corrupt = { data: { code: 'project/corrupt', details: { line: 2 } } };
  await expect(edit({ kind: 'add-class', className: 'hen' })).rejects.toMatchObject(corrupt);
  await expect(client.dataset.scan({ projectId })).rejects.toMatchObject(corrupt);
  await rm(fileOf('edits.jsonl'));
  expect(await counts()).toEqual({ cat: 5, dog: 5, owl: 3, total: 13, left: 0 });
});
