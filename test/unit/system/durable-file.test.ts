import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileDurably } from '../../../src-main/system/durable-file.ts';
import { temporaryFolder } from '../../helpers/server.ts';

test('parts are written one after another, however many and whatever they hold', async () => {
  const folder = await temporaryFolder();
  const parts = Array.from({ length: 30_000 }, (_, index) => `${index} 고양이 🐈\n`);
  await writeFileDurably(join(folder, 'list'), parts);
  expect(await readFile(join(folder, 'list'), 'utf8')).toBe(parts.join(''));
  await writeFileDurably(join(folder, 'list'), []);
  expect(await readFile(join(folder, 'list'), 'utf8')).toBe('');
});

test('what fails in the middle leaves the old file, and nothing beside it', async () => {
  const folder = await temporaryFolder();
  await writeFileDurably(join(folder, 'list'), 'old');
  function* failing(): Generator<string> {
    yield 'x'.repeat(1 << 20);
    throw new Error('no more');
  }
  await expect(writeFileDurably(join(folder, 'list'), failing())).rejects.toThrow('no more');
  expect(await readFile(join(folder, 'list'), 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['list']);
});
