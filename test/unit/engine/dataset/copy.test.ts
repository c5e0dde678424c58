import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Picture, Split } from '../../../../src-main/contract/dataset.ts';
import { copyPictures, placePictures } from '../../../../src-main/engine/dataset/copy.ts';
import { makeImageFolder } from '../../../helpers/image-folders.ts';
import { pictureOf } from '../../../helpers/manifests.ts';

function picture(path: string, className: string, sizeBytes = 9, split: Split = 'training'): Picture {
  return { ...pictureOf(className, path), path, sizeBytes, split };
}

test('names that are there already, in whatever case or form, get a number', () => {
  const paths = ['cat/1.jpg', 'dog/1.jpg', 'dog/deep/1.JPG', 'dog/1 (2).jpg', 'dog/e\u0301', 'cat/\u00e9', 'cat/.x'];
  const placed = placePictures(
    paths.map((path) => picture(path, 'pet')),
    'classes',
  );
  expect(placed.map(({ target }) => target)).toEqual([
    'pet/1.jpg',
    'pet/1 (2).jpg',
    'pet/1 (3).JPG',
    'pet/1 (2) (2).jpg',
    'pet/e\u0301',
    'pet/\u00e9 (2)',
    'pet/.x',
  ]);
  expect(placed.map(({ isRenamed }) => isRenamed)).toEqual([false, true, true, true, false, true, false]);
});

test('a split has a folder for each class that it has pictures of', () => {
  const pictures = [picture('a/1.jpg', 'cat', 9, 'validation'), picture('b/1.jpg', 'cat'), picture('1.jpg', 'x', 9, 'test')];
  expect(placePictures(pictures, 'splits').map(({ target }) => target)).toEqual([
    'val/cat/1.jpg',
    'train/cat/1.jpg',
    'test/x/1.jpg',
  ]);
}); // prettier-ignore

test.each(['copy', 'link'] as const)('by %s, pictures are written once and their own files stay as they are', async (method) => {
  const source = await makeImageFolder({ 'cat/1.jpg': 'one', 'cat/2.jpg': 'two', 'dog/1.jpg': 'three', 'cat/gone.jpg': '' });
  await symlink(join(source, 'dog', '1.jpg'), join(source, 'cat', 'link.jpg'));
  await rm(join(source, 'cat', 'gone.jpg'));
  const target = await makeImageFolder({});
  const pictures = [
    picture('cat/1.jpg', 'pet', 3),
    picture('cat/2.jpg', 'pet', 999),
    picture('cat/gone.jpg', 'pet', 1),
    picture('cat/link.jpg', 'pet', 5),
    picture('dog/1.jpg', 'pet', 5),
  ];
  const classes = ['empty', 'pet'];
  const report = await copyPictures(pictures, { source, target, layout: 'classes', method, classes });
  const count = method === 'link' ? { linkedCount: 3, copiedCount: 0 } : { linkedCount: 0, copiedCount: 3 };
  expect(report).toEqual({
    ...count,
    renamedCount: 1,
    imageCount: 3,
    classes: [
      { name: 'empty', imageCount: 0 },
      { name: 'pet', imageCount: 3 },
    ],
    skipped: [
      { path: 'cat/2.jpg', reason: 'it has changed since the scan; scan the folder again' },
      { path: 'cat/gone.jpg', reason: 'unreadable: no such file' },
    ],
  });
  expect((await readdir(target)).sort()).toEqual(['empty', 'pet']);
  expect((await readdir(join(target, 'pet'))).sort()).toEqual(['1 (2).jpg', '1.jpg', 'link.jpg']);
  expect(await readFile(join(target, 'pet', 'link.jpg'), 'utf8')).toBe('three');
  expect((await stat(join(target, 'pet', '1.jpg'))).nlink).toBe(method === 'link' ? 2 : 1);
  expect(await readFile(join(source, 'cat', '2.jpg'), 'utf8')).toBe('two');
}); // prettier-ignore

test('a class folder that is there already is refused, not mixed with another', async () => {
  const source = await makeImageFolder({ 'cat/1.jpg': 'one' });
  const target = await makeImageFolder({});
  await mkdir(join(target, 'cat'));
  await writeFile(join(target, 'cat', 'x'), '');
  const options = { source, target, layout: 'classes', method: 'copy', classes: ['cat'] } as const;
  await expect(copyPictures([picture('cat/1.jpg', 'cat', 3)], options)).rejects.toMatchObject({ code: 'EEXIST' });
});

test('copying ends when it is stopped', async () => {
  const source = await makeImageFolder({ 'cat/1.jpg': 'one' });
  const target = await makeImageFolder({});
  const options = { source, target, layout: 'classes', method: 'copy', classes: ['cat'] } as const;
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(copyPictures([picture('cat/1.jpg', 'cat', 3)], { ...options, signal })).rejects.toThrow('stopped');
  expect(await readdir(join(target, 'cat'))).toEqual([]);
});
