import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { scanFolder } from '../../../../src-main/engine/dataset/scan.ts';
import type * as readFileModule from '../../../../src-main/engine/images/read-file.ts';
import { makeImageFolder, numberedPicture } from '../../../helpers/image-folders.ts';
import { temporaryFolder } from '../../../helpers/server.ts';

const opened = vi.hoisted((): string[] => []);
vi.mock('../../../../src-main/engine/images/read-file.ts', async (original) => {
  const actual = await original<typeof readFileModule>();
  const readPictureFile = (path: string) => {
    opened.push(path.split('/').slice(-2).join('/'));
    return actual.readPictureFile(path);
  };
  return { ...actual, readPictureFile };
});

let memoryFile = '';
let later = 0;
beforeEach(async () => {
  memoryFile = join(await temporaryFolder(), 'scan', 'folder.jsonl');
  vi.useFakeTimers({ toFake: ['Date'] }); // only the clock: files settle with time
  later = 0;
  return () => vi.useRealTimers();
});

/** Scans with the clock so many milliseconds later, and tells which files were opened. */
async function scanLater(folder: string, milliseconds = 10_000) {
  later += milliseconds;
  vi.setSystemTime(new Date(performance.timeOrigin + performance.now() + later));
  opened.length = 0;
  return { manifest: await scanFolder(folder, { memoryFile }), opened: [...opened].sort() };
}

test('of an unchanged folder no picture is opened, and the manifest is the same', async () => {
  const folder = await makeImageFolder({ cat: 3, dog: 2 });
  const first = await scanLater(folder);
  expect(first.opened).toHaveLength(5);
  const second = await scanLater(folder);
  expect(second).toEqual({ manifest: first.manifest, opened: [] });
  expect(second.manifest).toEqual(await scanFolder(folder));
  const written = (await stat(memoryFile)).ino;
  await scanLater(folder);
  expect((await stat(memoryFile)).ino, 'what is known already is not written again').toBe(written);
});

test('a picture that is touched, overwritten at equal size, replaced or new is read; one that is gone is forgotten', async () => {
  const folder = await makeImageFolder({ cat: 5, dog: 2 });
  const cat = (name: string) => join(folder, 'cat', name);
  const wholeSecond = new Date(Math.floor(Date.now() / 1000) * 1000 - 5000); // so that it can be set back exactly
  await utimes(cat('2.jpg'), wholeSecond, wholeSecond);
  const { manifest: before } = await scanLater(folder);
  const shaOf = ({ entries }: typeof before, path: string) => entries.find((entry) => entry.path === path)?.sha256;

  const touched = await stat(cat('1.jpg'));
  await utimes(cat('1.jpg'), touched.atime, new Date(touched.mtimeMs - 60_000));
  const bytes = await readFile(cat('2.jpg'));
  await writeFile(cat('2.jpg'), Buffer.concat([bytes.subarray(0, -2), Buffer.from([0xff, 0xd8])])); // of equal size
  await utimes(cat('2.jpg'), wholeSecond, wholeSecond); // and with the same time of change
  await writeFile(join(folder, 'other'), await numberedPicture(77));
  await rename(join(folder, 'other'), cat('3.jpg'));
  await rm(cat('4.jpg'));
  await writeFile(join(folder, 'dog', '9.jpg'), await numberedPicture(78));

  const after = await scanLater(folder);
  expect(after.opened).toEqual(['cat/1.jpg', 'cat/2.jpg', 'cat/3.jpg', 'dog/9.jpg']);
  expect(after.manifest).toEqual(await scanFolder(folder));
  expect(shaOf(after.manifest, 'cat/1.jpg')).toBe(shaOf(before, 'cat/1.jpg'));
  expect(shaOf(after.manifest, 'cat/2.jpg')).not.toBe(shaOf(before, 'cat/2.jpg'));
  expect(await readFile(memoryFile, 'utf8')).not.toContain('4.jpg');
  expect((await scanLater(folder)).opened).toEqual([]);
});

test('a picture that changed only just now is not remembered', async () => {
  const folder = await makeImageFolder({ cat: 2 });
  await scanLater(folder, 0);
  expect((await scanLater(folder)).opened).toHaveLength(2);
  expect((await scanLater(folder)).opened).toHaveLength(0);
});

test('classes and splits come from the folders as they are now', async () => {
  const folder = await makeImageFolder({ 'a/cat': 2, 'a/dog': 2, 'b/cat': 1 });
  await scanLater(folder);
  await rename(join(folder, 'a'), join(folder, 'train'));
  await rename(join(folder, 'b'), join(folder, 'val'));
  const { manifest } = await scanLater(folder);
  expect(manifest).toEqual(await scanFolder(folder));
  expect([manifest.classes, manifest.splitSource]).toEqual([['cat', 'dog'], 'folders']);
});

test('what cannot be used is looked at each time, and its reason is the present one', async () => {
  const folder = await makeImageFolder({ cat: 2, 'cat/notes.txt': 'x', 'cat/bad.jpg': 'x' });
  await scanLater(folder);
  expect((await scanLater(folder)).opened).toEqual(['cat/bad.jpg', 'cat/notes.txt']);
  await writeFile(join(folder, 'cat', 'bad.jpg'), await numberedPicture(3));
  expect((await scanLater(folder)).manifest.entries).toHaveLength(3);
});

test.each([
  ['torn', (text: string) => text.slice(0, -20)],
  ['of another version', (text: string) => text.replace('"rules":1', '"rules":0')],
  ['of another decoder', (text: string) => text.replace('libvips', 'other')],
  ['of another folder', (text: string) => text.replace(/"folder":"[^"]*"/, '"folder":"/elsewhere"')],
  ['wrong in a value', (text: string) => text.replace(/,48,36,/, ',"48",36,')],
  ['empty', () => ''],
  ['binary', () => '\0\0\0\n\0'],
])('a memory that is %s is no memory, and is replaced', async (_, damage) => {
  const folder = await makeImageFolder({ cat: 2 });
  const { manifest } = await scanLater(folder);
  const text = await readFile(memoryFile, 'utf8');
  expect(damage(text)).not.toBe(text);
  await writeFile(memoryFile, damage(text));
  expect(await scanLater(folder)).toEqual({ manifest, opened: ['cat/1.jpg', 'cat/2.jpg'] });
  expect((await scanLater(folder)).opened).toEqual([]);
});

test('a cache that cannot be written costs nothing but the memory', async () => {
  const folder = await makeImageFolder({ cat: 2 });
  memoryFile = join(folder, 'cat', '1.jpg', 'below', 'folder.jsonl');
  expect((await scanLater(folder)).manifest.entries).toHaveLength(2);
});

test('of very many folders those that were scanned last are remembered', async () => {
  const folder = await makeImageFolder({ cat: 2 });
  const scans = join(memoryFile, '..');
  await scanLater(folder);
  await Promise.all(Array.from({ length: 105 }, (_, index) => writeFile(join(scans, `old-${index}.jsonl`), '')));
  const longAgo = new Date(Date.now() - 1e9);
  const old = (await readdir(scans)).filter((name) => name.startsWith('old'));
  await Promise.all(old.map((name) => utimes(join(scans, name), longAgo, longAgo)));
  await writeFile(join(folder, 'cat', '7.jpg'), await numberedPicture(7));
  await scanLater(folder);
  expect(await readdir(scans)).toHaveLength(100);
  expect((await scanLater(folder)).opened).toEqual([]);
});
