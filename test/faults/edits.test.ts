/** What disks do to the record of edits. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EditRequest } from '../../src-main/contract/edits.ts';
import { makeImageFolder } from '../helpers/image-folders.ts';
import { buildWorkers, startTestServer, temporaryFolder } from '../helpers/server.ts';
import { forbidWriting, mountSmallDisk } from '../helpers/small-disk.ts';

let workers: Awaited<ReturnType<typeof buildWorkers>>;
beforeAll(async () => {
  workers = await buildWorkers();
});
afterAll(() => workers.remove());

const RENAME: EditRequest = { kind: 'rename-class', className: 'cat', newName: 'hen' };

/** A project with an edit, on a disk that holds nothing else. */
async function openOn(disk: string) {
  const { client, dataFolder } = await startTestServer({ workers, dataFolder: join(disk, 'data') });
  const { id: projectId } = await client.projects.create({});
  await client.dataset.useFolder({ projectId, folder: await makeImageFolder({ cat: 3, dog: 3 }) });
  await client.dataset.edit({ projectId, edit: { kind: 'rename-class', className: 'dog', newName: 'hound' } });
  const log = join(dataFolder, 'projects', projectId, 'edits.jsonl');
  const edit = (request: EditRequest) => client.dataset.edit({ projectId, edit: request });
  return { client, projectId, log, edit, before: await readFile(log, 'utf8') };
}

test('where the project cannot be written, an edit is refused in words and what is there is still shown', async ({
  skip,
}) => {
  const { client, projectId, log, edit, before } = await openOn(await temporaryFolder());
  const readOnly = forbidWriting(dirname(log));
  if (readOnly === null) return skip();
  const refused = { data: { code: 'project/read-only' } };
  await expect(edit(RENAME)).rejects.toMatchObject(refused);
  await expect(client.dataset.undo({ projectId })).rejects.toMatchObject(refused);
  const summary = await client.dataset.summary({ projectId });
  expect(summary?.classes.map(({ name }) => name)).toEqual(['cat', 'hound']);
  expect(await readFile(log, 'utf8')).toBe(before);
  readOnly.allow();
  expect(await edit(RENAME)).toMatchObject({ position: 2 });
});

test('on a full disk nothing is half recorded, and the edit can be made once there is room', async ({ skip }) => {
  const disk = await mountSmallDisk();
  if (disk === null) return skip();
  const { client, projectId, log, edit, before } = await openOn(disk);
  const ballast = join(disk, 'ballast');
  await writeFile(ballast, Buffer.alloc(3_000_000)).catch(() => undefined); // as much as fits
  await expect(edit(RENAME)).rejects.toMatchObject({ data: { code: 'storage/full' } });
  expect(await readFile(log, 'utf8')).toBe(before);
  expect(await client.dataset.edits({ projectId })).toMatchObject({ total: 1, notice: null });
  await rm(ballast);
  expect(await edit(RENAME)).toMatchObject({ position: 2 });
});

test('a record with a line that cannot be read stops edits, names the line, and changes nothing', async () => {
  const { client } = await startTestServer({ workers });
  const { id: projectId } = await client.projects.create({});
  await client.dataset.useFolder({ projectId, folder: await makeImageFolder({ cat: 3, dog: 3 }) });
  const before = await client.dataset.summary({ projectId });
  const { dataFolder } = await client.app.status();
  const log = join(dataFolder, 'projects', projectId, 'edits.jsonl');
  await writeFile(log, '{"kind":"fovea-edits","version":1}\n\n');
  const broken = { data: { code: 'project/corrupt', details: { file: log, line: 2 } } };
  await expect(client.dataset.edit({ projectId, edit: RENAME })).rejects.toMatchObject(broken);
  await rm(log);
  expect(await client.dataset.summary({ projectId })).toEqual(before);
});
