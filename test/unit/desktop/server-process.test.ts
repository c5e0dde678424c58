import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startServerProcess } from '../../../src-main/desktop/server-process.ts';

/** Starts a stand-in for the built server. */
async function start(serverCode: string) {
  const script = join(await mkdtemp(join(tmpdir(), 'fovea-shell-')), 'fovea.js');
  await writeFile(script, serverCode);
  return startServerProcess(script, process.execPath);
}

test('the address that the server prints, with its key, is what the window opens', async () => {
  const server = await start(
    `console.log('Fovea is at http://127.0.0.1:5123/?token=abc'); setInterval(() => {}, 1000)`,
  );
  expect(server.url).toBe('http://127.0.0.1:5123/?token=abc');
  server.stop();
});

test('a server that ends instead of serving is reported with what it said', async () => {
  await expect(start(`console.error('port taken'); process.exit(3)`)).rejects.toThrow(
    /did not start: exit code 3.*port taken/s,
  );
});

test('a server that ends later is reported to the shell, unless the shell ended it', async () => {
  const crashing = await start(`console.log('http://127.0.0.1:1/?token=a'); setTimeout(() => process.exit(7), 100)`);
  expect(await new Promise((resolve) => crashing.onExit(resolve))).toMatch(/exit code 7/);
  const stopped = await start(`console.log('http://127.0.0.1:1/?token=a'); setInterval(() => {}, 1000)`);
  const onExit = vi.fn();
  stopped.onExit(onExit);
  stopped.stop();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(onExit).not.toHaveBeenCalled();
});
