import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenAsBefore } from '../../../src-main/server/listen.ts';

let folder: string;
let file: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-port-'));
  file = join(folder, 'port');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await rm(folder, { recursive: true });
});

async function start(onForgotten = vi.fn()): Promise<number> {
  const server = createServer();
  servers.push(server);
  return listenAsBefore(server, file, onForgotten);
}

test('a server comes back at the address of last time', async () => {
  const port = await start();
  expect(await readFile(file, 'utf8')).toBe(`${port}\n`);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await start()).toBe(port);
});

test('a port that another has now is replaced for good', async () => {
  const taken = await start();
  const next = await start();
  expect(next).not.toBe(taken);
  expect(await readFile(file, 'utf8')).toBe(`${next}\n`);
});

test.each(['', 'abc', '80', '99999', '1.5'])('a file that holds "%s" is as good as none', async (text) => {
  await writeFile(file, text);
  const port = await start();
  expect(port).toBeGreaterThan(1023);
  expect(await readFile(file, 'utf8')).toBe(`${port}\n`);
});

test('a file that cannot be read is told, and the server listens', async () => {
  await mkdir(file);
  const onForgotten = vi.fn();
  expect(await start(onForgotten)).toBeGreaterThan(0);
  expect(onForgotten).toHaveBeenCalledWith(expect.objectContaining({ code: 'EISDIR' }));
});

test('a port that cannot be kept is told, and the server listens', async () => {
  file = join(folder, 'gone', 'port');
  const onForgotten = vi.fn();
  expect(await start(onForgotten)).toBeGreaterThan(0);
  expect(onForgotten).toHaveBeenCalledWith(expect.objectContaining({ code: 'ENOENT' }));
});
