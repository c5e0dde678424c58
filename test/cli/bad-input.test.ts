import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fovea, temporaryFolder } from '../helpers/cli.ts';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

/** A folder below `root` with the given files, all of which are no pictures. */
async function folderOf(name: string, files: readonly string[]): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), 'not a picture');
  }
  return folder;
}

/** One plain sentence on stderr besides progress, nothing on stdout. */
async function expectRefusal(args: readonly string[], code: number, message: RegExp): Promise<void> {
  const ended = await fovea(args);
  const complaints = ended.stderr.split('\n').filter((line) => line.startsWith('fovea: '));
  expect(complaints, ended.stderr).toHaveLength(1);
  expect(complaints[0]).toMatch(message);
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(code);
}

describe('a command line that cannot be carried out says why and exits with its code', () => {
  test('a folder that does not exist', () => expectRefusal(['train', join(root, 'nowhere')], 3, /nowhere/));
  test('a file in place of a folder', async () => {
    const folder = await folderOf('file', ['x.txt']);
    await expectRefusal(['train', join(folder, 'x.txt')], 3, /x\.txt/);
  });
  test('an empty folder', async () => expectRefusal(['train', await folderOf('empty', [])], 3, /empty/));
  test('one class only', async () =>
    expectRefusal(['train', await folderOf('one', ['cat/a.jpg', 'cat/b.jpg'])], 3, /./));
  test('only broken pictures, in folders named with emoji and Hangul', async () =>
    expectRefusal(['train', await folderOf('broken', ['🐜/a.jpg', '🐜/b.jpg', '벌/a.jpg', '벌/b.jpg'])], 3, /./));
  test('a setting out of range', () =>
    expectRefusal(['train', root, '--learning-rate', '-1'], 3, /--learning-rate -1.*above 0 to 10/));
  test('a backbone that does not exist', async () =>
    expectRefusal(['train', await folderOf('bb', ['a/a.jpg', 'b/b.jpg']), '--backbone', 'resnet9000'], 3, /./));
  test('a model folder without a model', () => expectRefusal(['predict', root, root], 3, /no Fovea model/));
  test('a damaged model', async () => {
    const folder = await folderOf('damaged', []);
    await writeFile(join(folder, 'fovea.json'), '{"format": "fovea-classifier", ');
    await expectRefusal(['predict', folder, root], 3, /damaged/);
  });
});

test('what is not understood exits with 2 and points to the help', async () => {
  const ended = await fovea(['train', root, '--epochs', 'many']);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('"many" is not a number');
});

test('the help documents the exit codes', async () => {
  const ended = await fovea(['--help']);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('Exit codes:');
});
