import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { writeFileDurably } from '../../src-main/system/durable-file.ts';
import { startTestServer } from '../helpers/server.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';

test('on a full disk a file is the old one or the new one, never a part of it', async ({ skip }) => {
  const disk = await mountSmallDisk();
  if (disk === null) return skip();
  const file = join(disk, 'fovea.json');
  await writeFileDurably(file, 'old');
  await expect(writeFileDurably(file, 'x'.repeat(3_000_000))).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await readFile(file, 'utf8')).toBe('old');
  await writeFileDurably(file, 'x'.repeat(1_900_000)); // what the failed try had taken is free again
});

test('a full disk is answered in words, keeps what is there, and the server goes on', async ({ skip }) => {
  const disk = await mountSmallDisk();
  if (disk === null) return skip();
  const { client, fetch } = await startTestServer({ dataFolder: join(disk, 'data') });
  const made = await client.projects.create({ name: 'before' });
  const ref = { projectId: made.id };
  const put = (path: string, bytes: number) =>
    fetch(`/upload/${made.id}?path=${path}`, { method: 'PUT', body: new Uint8Array(bytes) });
  expect((await put('a/1.jpg', 1000)).status).toBe(201);
  expect((await put('b/1.jpg', 1000)).status).toBe(201);
  const large = await put('a/2.jpg', 50_000_000);
  expect([large.status, await large.json()]).toMatchObject([507, { code: 'storage/full' }]);
  expect(await client.dataset.scan(ref)).toMatchObject({ imageCount: 2 });
  await expect(client.runs.start({ ...ref, config: DEFAULT_TRAIN_CONFIG })).rejects.toMatchObject({
    data: { code: expect.stringMatching(/storage\/full|backbone\/missing/) as string },
  });

  let filled = 0;
  while ((await put(`c/${filled}.bin`, 20_000)).ok) filled++;
  while ((await put(`d/${filled}.bin`, 1)).ok) filled++;
  await expect(client.projects.rename({ ...ref, name: 'x'.repeat(200) })).rejects.toMatchObject({
    data: { code: 'storage/full' },
  });
  expect(await client.projects.list()).toMatchObject([{ id: made.id, name: 'before', problem: null }]);
});
