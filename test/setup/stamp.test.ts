import { mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashText, isPinned } from '../../scripts/setup/hash.js';
import { readStamp, writeJson, writeStamp } from '../../scripts/setup/stamp.js';

let folder: string;
let stampFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-stamp-'));
  stampFile = join(folder, 'stamp.json');
  await writeFile(join(folder, 'library.so'), 'the library');
  await writeStamp(stampFile, folder, { key: 'v1', paths: ['library.so'], facts: { version: '2.21.0' } });
});
afterEach(() => rm(folder, { recursive: true }));

test('a stamp holds while its files are as they were left', async () => {
  expect(await readStamp(stampFile, folder, { key: 'v1' })).toMatchObject({
    key: 'v1',
    facts: { version: '2.21.0' },
    files: [{ path: 'library.so', bytes: 11, sha256: hashText('the library') }],
  });
});

test('a stamp of another key proves nothing', async () => {
  expect(await readStamp(stampFile, folder, { key: 'v2' })).toBeNull();
});

test('a truncated or missing file voids the stamp', async () => {
  await truncate(join(folder, 'library.so'), 5);
  expect(await readStamp(stampFile, folder, { key: 'v1' })).toBeNull();
  await rm(join(folder, 'library.so'));
  expect(await readStamp(stampFile, folder, { key: 'v1' })).toBeNull();
});

test('a file with a new time is hashed: kept if the same, refused if another', async () => {
  const file = join(folder, 'library.so');
  await utimes(file, new Date(0), new Date(0));
  expect(await readStamp(stampFile, folder, { key: 'v1' })).not.toBeNull();
  expect(JSON.parse(await readFile(stampFile, 'utf8')).files[0].mtimeMs).toBe(0);
  await writeFile(file, 'The library'); // same size
  expect(await readStamp(stampFile, folder, { key: 'v1' })).toBeNull();
});

test('verify finds a changed byte that size and time hide', async () => {
  const file = join(folder, 'library.so');
  await utimes(file, new Date(1_000_000), new Date(1_000_000));
  await writeStamp(stampFile, folder, { key: 'v1', paths: ['library.so'] });
  await writeFile(file, 'The library');
  await utimes(file, new Date(1_000_000), new Date(1_000_000));
  expect(await readStamp(stampFile, folder, { key: 'v1' })).not.toBeNull();
  expect(await readStamp(stampFile, folder, { key: 'v1', verify: true })).toBeNull();
});

test('a half-written stamp proves nothing', async () => {
  const whole = await readFile(stampFile, 'utf8');
  await writeFile(stampFile, whole.slice(0, whole.length / 2));
  expect(await readStamp(stampFile, folder, { key: 'v1' })).toBeNull();
});

test('a JSON file that cannot be written leaves the old one and no partial', async () => {
  await expect(writeJson(join(stampFile, 'inside-a-file.json'), {})).rejects.toThrow();
  expect(await readStamp(stampFile, folder, { key: 'v1' })).not.toBeNull();
});

test('a pin takes the exact file only', async () => {
  const pin = { sha256: hashText('the library'), bytes: 11 };
  expect(await isPinned(join(folder, 'library.so'), pin)).toBe(true);
  expect(await isPinned(join(folder, 'library.so'), { ...pin, sha256: hashText('x') })).toBe(false);
  expect(await isPinned(join(folder, 'library.so'), { ...pin, bytes: 12 })).toBe(false);
  expect(await isPinned(join(folder, 'absent'), pin)).toBe(false);
});
