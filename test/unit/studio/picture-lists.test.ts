import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ListedPicture } from '../../../src-main/contract/dataset.ts';
import { PictureLists } from '../../../src-main/studio/picture-lists.ts';
import { temporaryFolder } from '../../helpers/server.ts';

function picture(id: string): ListedPicture {
  const facts = { width: 4, height: 3, orientation: 1, sizeBytes: 10, sha256: id };
  const edits = { isExcluded: false, relabelledFrom: null, isSplitEdited: false };
  return { id, path: `cat/${id}.jpg`, className: 'cat', split: 'training', ...facts, ...edits };
}
const list = (count: number) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(picture(String(index)))}\n`).join('');

test('a list is read once while its file stays, by however many at a time, and again when it changes', async () => {
  const file = join(await temporaryFolder(), 'pictures.jsonl');
  await writeFile(file, list(2));
  const lists = new PictureLists();
  const [first, second] = await Promise.all([lists.read(file), lists.read(file)]);
  expect([...first.values()]).toEqual([picture('0'), picture('1')]);
  expect(second).toBe(first);
  expect(await lists.read(file)).toBe(first);
  await writeFile(file, list(3));
  expect((await lists.read(file)).size).toBe(3);
  await rm(file);
  expect((await lists.read(file)).size).toBe(0);
});

test('lists are kept up to a number of pictures, those asked for last before the others', async () => {
  const folder = await temporaryFolder();
  const files = ['a', 'b', 'large'].map((name) => join(folder, name));
  const [a = '', b = '', large = ''] = files;
  await Promise.all([writeFile(a, list(2)), writeFile(b, list(2)), writeFile(large, list(199_997))]);
  const lists = new PictureLists();
  const first = [await lists.read(a), await lists.read(b)];
  await lists.read(a);
  await lists.read(large);
  expect(await lists.read(a)).toBe(first[0]);
  expect(await lists.read(b)).not.toBe(first[1]);
});

test('a line that is no picture is named, and the list is read anew afterwards', async () => {
  const file = join(await temporaryFolder(), 'pictures.jsonl');
  await writeFile(file, `${list(1)}{"id":\n`);
  const lists = new PictureLists();
  await expect(lists.read(file)).rejects.toMatchObject({ code: 'project/corrupt', details: { line: 2 } });
  await expect(lists.read(file)).rejects.toMatchObject({ code: 'project/corrupt' });
});
