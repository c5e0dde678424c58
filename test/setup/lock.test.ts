import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../scripts/setup/command.js';
import { withLock } from '../../scripts/setup/lock.js';
import { repositoryRoot } from '../helpers/shared.ts';

let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-lock-'));
  lock = join(folder, 'locks', 'native');
});
afterEach(() => rm(folder, { recursive: true }));

test('only one holder works at a time', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, (inside += 1));
    await delay(30);
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(lock, {}, work)));
  expect([most, existsSync(lock)]).toEqual([1, false]);
});

test('work that fails gives the lock back', async () => {
  await expect(withLock(lock, {}, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a process that was killed is taken over, and never by two', async () => {
  await mkdir(lock, { recursive: true });
  await writeFile(
    join(lock, 'owner.json'),
    JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }),
  );
  const longAgo = new Date(Date.now() - 10_000);
  await utimes(lock, longAgo, longAgo);
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} in`);
    await delay(50);
    order.push(`${name} out`);
  };
  await Promise.all([withLock(lock, {}, work('a')), withLock(lock, {}, work('b'))]);
  expect([order[0]?.[0] === order[1]?.[0], order[2]?.[0] === order[3]?.[0], order.length]).toEqual([true, true, 4]);
});

test('a waiter says once for whom it waits', async () => {
  const said: string[] = [];
  const first = withLock(lock, {}, () => delay(700));
  await delay(50);
  await withLock(lock, { onWait: (holder) => said.push(holder) }, () => Promise.resolve());
  await first;
  expect(said).toEqual([`process ${process.pid}`]);
});

test('a command ends when the process that started it is killed', async () => {
  const beat = join(folder, 'beat');
  const beating = `setInterval(() => require('fs').writeFileSync(${JSON.stringify(beat)}, String(Date.now())), 20)`;
  const command = pathToFileURL(join(repositoryRoot, 'scripts', 'setup', 'command.js')).href;
  const script = `import(${JSON.stringify(command)}).then(({ runCommand }) => runCommand(process.execPath, ['-e', ${JSON.stringify(beating)}]))`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  while (!existsSync(beat)) await delay(20);
  parent.kill('SIGKILL');
  await delay(500);
  const last = await readFile(beat, 'utf8');
  await delay(300);
  expect(await readFile(beat, 'utf8')).toBe(last);
});

test('a command that takes too long is ended and says so', async () => {
  const ended = await runCommand(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 300 });
  expect([ended.code, ended.stderr.trim()]).toEqual([null, 'ended after 0.3 s without an answer']);
});

test('a program that does not exist is a failed command, not a crash', async () => {
  const ended = await runCommand(join(folder, 'no-such-program'), []);
  expect([ended.code, /ENOENT/.test(ended.stderr)]).toEqual([127, true]);
});
