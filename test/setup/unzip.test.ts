import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashText } from '../../scripts/setup/hash.js';
import { extractEntry, listZip } from '../../scripts/setup/unzip.js';

const large = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * index) & 255);
let folder: string;
let archive: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-unzip-'));
  archive = join(folder, 'a.whl');
  const text = new TextEncoder().encode('한국어');
  await writeFile(
    archive,
    zipSync({ 'lib/large.so': [large, { level: 6 }], 'stored.txt': [text, { level: 0 }], empty: new Uint8Array(0) }),
  );
});
afterEach(() => rm(folder, { recursive: true }));

test('entries come out byte for byte, with their SHA-256', async () => {
  const entries = await listZip(archive);
  expect(entries.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['lib/large.so', large.length],
    ['stored.txt', 9],
    ['empty', 0],
  ]);
  let counted = 0;
  const hashes = [];
  for (const entry of entries) {
    hashes.push(await extractEntry(archive, entry, join(folder, 'out', entry.name), (bytes) => (counted += bytes)));
  }
  expect(Buffer.compare(await readFile(join(folder, 'out', 'lib', 'large.so')), large)).toBe(0);
  expect(await readFile(join(folder, 'out', 'stored.txt'), 'utf8')).toBe('한국어');
  expect(hashes).toEqual([hashText(large), hashText('한국어'), hashText('')]);
  expect(counted).toBe(large.length + 9);
});

test('a truncated archive is refused', async () => {
  await truncate(archive, (await stat(archive)).size - 40);
  await expect(listZip(archive)).rejects.toThrow(/a\.whl is no whole zip archive|cut off/);
});

test('an entry that is damaged inside leaves no file behind', async () => {
  const [entry] = await listZip(archive);
  const bytes = await readFile(archive);
  bytes.fill(0xff, 200, 1200);
  await writeFile(archive, bytes);
  const target = join(folder, 'out', 'large.so');
  await expect(extractEntry(archive, entry!, target)).rejects.toThrow();
  await expect(stat(target)).rejects.toThrow(/ENOENT/);
});
