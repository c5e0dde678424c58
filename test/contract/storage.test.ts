import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, temporaryFolder } from '../helpers/server.ts';

test('the size of the cache can be asked for, and the cache be cleared', async () => {
  const { client } = await startTestServer();
  expect(await client.app.cache()).toEqual({ folder: '/fake', sizeBytes: 1000, limitBytes: 5000 });
  expect(await client.app.clearCache()).toEqual({ folder: '/fake', sizeBytes: 0, limitBytes: 5000 });
});

test('the log is sent whole, the part before it first, and to nobody but the page', async () => {
  const dataFolder = await temporaryFolder();
  await mkdir(join(dataFolder, 'logs'));
  await writeFile(join(dataFolder, 'logs', 'fovea.1.log'), 'before\n');
  await writeFile(join(dataFolder, 'logs', 'fovea.log'), 'after\n');
  const server = await startTestServer({ dataFolder });
  const response = await server.fetch('/log');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="fovea.log"');
  expect(await response.text()).toMatch(/^before\nafter\n/);
  expect((await fetch(`${server.origin}/log`)).status).toBe(403);
  expect((await server.fetch('/log/other')).status).toBe(404);
});
