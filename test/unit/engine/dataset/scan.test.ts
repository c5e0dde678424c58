import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scanFolder } from '../../../../src-main/engine/dataset/scan.ts';
import type { Manifest } from '../../../../src-main/engine/dataset/manifest.ts';
import { makeImageFolder, numberedPicture, quarters } from '../../../helpers/image-folders.ts';
import { shared } from '../../../helpers/shared.ts';

/** Pictures by class and, where folders say it, split. */
function countsOf({ entries }: Manifest): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { className, folderSplit } of entries) {
    const key = folderSplit === null ? className : `${folderSplit}/${className}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

test('each folder is a class, and each picture is described from its own bytes', async () => {
  const upright = await quarters(60, 40).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const folder = await makeImageFolder({ cat: 1, 'dog/a.jpg': upright });
  const { classes, entries, skipped, splitSource } = await scanFolder(folder);
  expect({ classes, skipped, splitSource, count: entries.length }).toEqual({
    classes: ['cat', 'dog'],
    skipped: [],
    splitSource: 'seed',
    count: 2,
  });
  expect(entries[1]).toEqual({
    id: createHash('sha256').update('dog/a.jpg').digest('hex').slice(0, 16),
    path: 'dog/a.jpg',
    className: 'dog',
    folderSplit: null,
    width: 40,
    height: 60,
    orientation: 6,
    sizeBytes: upright.length,
    sha256: createHash('sha256').update(upright).digest('hex'),
  });
});

describe('folders of a ready-made split are recognised by name', () => {
  test.each([
    [['train', 'val'], { 'training/cat': 2, 'training/dog': 2, 'validation/cat': 2, 'validation/dog': 2 }],
    [['Train', 'Test'], { 'training/cat': 2, 'training/dog': 2, 'test/cat': 2, 'test/dog': 2 }],
    [['training', 'validation'], { 'training/cat': 2, 'training/dog': 2, 'validation/cat': 2, 'validation/dog': 2 }],
    [['TRAIN', 'valid'], { 'training/cat': 2, 'training/dog': 2, 'validation/cat': 2, 'validation/dog': 2 }],
    [['train', 'dev'], { 'training/cat': 2, 'training/dog': 2, 'validation/cat': 2, 'validation/dog': 2 }],
    [['train', 'testing'], { 'training/cat': 2, 'training/dog': 2, 'test/cat': 2, 'test/dog': 2 }],
  ])('%j', async (names, counts) => {
    const plan = Object.fromEntries(names.flatMap((name) => [`${name}/cat`, `${name}/dog`]).map((path) => [path, 2]));
    const manifest = await scanFolder(await makeImageFolder(plan));
    expect({ ...manifest, entries: countsOf(manifest) }).toEqual({
      classes: ['cat', 'dog'],
      splitSource: 'folders',
      skipped: [],
      entries: counts,
    });
  });

  test('train, val and test together, around a wrapper folder', async () => {
    const paths = ['train', 'val', 'test'].flatMap((name) => [`pets/${name}/cat`, `pets/${name}/dog`]);
    const manifest = await scanFolder(await makeImageFolder(Object.fromEntries(paths.map((path) => [path, 1]))));
    expect([manifest.splitSource, Object.keys(countsOf(manifest)).length, manifest.entries[0]?.path]).toEqual([
      'folders',
      6,
      'pets/test/cat/1.jpg',
    ]);
  });

  test('a class that is never trained is left out, and its pictures are listed', async () => {
    const folder = await makeImageFolder({
      'train/cat': 1,
      'train/dog': 1,
      'val/cat': 1,
      'val/bird': 1,
      'train/bird': null,
    });
    const { classes, entries, skipped } = await scanFolder(folder);
    expect({ classes, count: entries.length, skipped }).toEqual({
      classes: ['cat', 'dog'],
      count: 3,
      skipped: [
        { path: 'train/bird', reason: 'an empty folder' },
        { path: 'val/bird/1.jpg', reason: 'its class "bird" has no training pictures' },
      ],
    });
  });

  test('pictures in a test folder without classes, and folders beside the split, are listed', async () => {
    const folder = await makeImageFolder({ 'train/cat': 2, 'train/dog': 2, test: 1, notes: 1, 'readme.md': 'x' });
    const { classes, splitSource, skipped, entries } = await scanFolder(folder);
    expect({ classes, splitSource, skipped, count: entries.length }).toEqual({
      classes: ['cat', 'dog'],
      splitSource: 'folders',
      count: 4,
      skipped: [
        { path: 'notes/1.jpg', reason: 'not in a class folder: it lies outside the folders test, train' },
        { path: 'readme.md', reason: 'not in a class folder' },
        { path: 'test/1.jpg', reason: 'not in a class folder' },
      ],
    });
  });

  test('vehicles called "train" and "test" are classes like others', async () => {
    const { classes, splitSource } = await scanFolder(await makeImageFolder({ train: 1, bus: 1, test: 1 }));
    expect({ classes, splitSource }).toEqual({ classes: ['bus', 'test', 'train'], splitSource: 'seed' });
  });

  test('a train folder alone only wraps its classes', async () => {
    const manifest = await scanFolder(await makeImageFolder({ 'train/cat': 1, 'train/dog': 1 }));
    expect([manifest.splitSource, countsOf(manifest)]).toEqual(['seed', { cat: 1, dog: 1 }]);
  });
});

describe('folders within folders', () => {
  test('nested folders belong to their class', async () => {
    const manifest = await scanFolder(
      await makeImageFolder({ cat: 1, 'cat/2024/may': 2, 'dog/train': 1, 'dog/val': 1 }),
    );
    expect(countsOf(manifest)).toEqual({ cat: 3, dog: 2 });
  });

  test('a wrapper is entered, twice over, whatever lies beside it but pictures', async () => {
    const folder = await makeImageFolder({
      'archive/archive/cat': 1,
      'archive/archive/dog': 1,
      '__MACOSX/x': 'x',
      'a.txt': 'x',
    });
    const manifest = await scanFolder(folder);
    expect([countsOf(manifest), manifest.skipped]).toEqual([
      { cat: 1, dog: 1 },
      [
        { path: '__MACOSX', reason: 'system file' },
        { path: 'a.txt', reason: 'not in a class folder' },
      ],
    ]);
  });

  test('a lone folder of pictures is one class, not a wrapper', async () => {
    const { classes, entries } = await scanFolder(await makeImageFolder({ cat: 2, 'cat/old': 1 }));
    expect([classes, entries.length]).toEqual([['cat'], 3]);
  });
});

describe('what is not used is listed, each with its reason', () => {
  test('system files, hidden files, stray files, files that are no pictures, empty folders', async () => {
    const folder = await makeImageFolder({
      cat: 1,
      dog: 1,
      'cat/.DS_Store': 'x',
      'cat/Thumbs.db': 'x',
      'cat/._1.jpg': 'x',
      'cat/labels.txt': 'x',
      'cat/empty.jpg': Buffer.alloc(0),
      'dog/desktop.ini': 'x',
      'dog/.hidden.jpg': await numberedPicture(1),
      'dog/x.jpg/y.png': await numberedPicture(2),
      '.git/config': 'x',
      'loose.jpg': await numberedPicture(3),
      bird: null,
      papers: null,
      'papers/paper.pdf': '%PDF-1.7\n',
    });
    const { classes, entries, skipped } = await scanFolder(folder);
    expect([classes, entries.map(({ path }) => path)]).toEqual([
      ['cat', 'dog'],
      ['cat/1.jpg', 'dog/1.jpg', 'dog/x.jpg/y.png'],
    ]);
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      '.git': 'hidden file',
      bird: 'an empty folder',
      'cat/._1.jpg': 'system file',
      'cat/.DS_Store': 'system file',
      'cat/Thumbs.db': 'system file',
      'cat/empty.jpg': 'empty file (0 bytes)',
      'cat/labels.txt': 'not a picture: a text file',
      'dog/.hidden.jpg': 'hidden file',
      'dog/desktop.ini': 'system file',
      'loose.jpg': 'not in a class folder',
      papers: 'a folder without pictures',
      'papers/paper.pdf': 'not a picture: a PDF file',
    });
  });

  test('a class whose pictures are all bad stays a class, so that the user hears of it', async () => {
    const { classes, entries, skipped } = await scanFolder(
      await makeImageFolder({ cat: 1, 'dog/x.jpg': 'no picture' }),
    );
    expect([classes, entries.length, skipped]).toEqual([
      ['cat', 'dog'],
      1,
      [{ path: 'dog/x.jpg', reason: 'not a picture: a text file' }],
    ]);
  });

  test.skipIf(process.getuid?.() === 0)('a class folder that may not be read', async () => {
    const folder = await makeImageFolder({ cat: 1, dog: 1 });
    await chmod(join(folder, 'dog'), 0);
    const { skipped } = await scanFolder(folder);
    await chmod(join(folder, 'dog'), 0o755);
    expect(skipped).toEqual([{ path: 'dog', reason: 'unreadable: permission denied' }]);
  });
});

describe('names', () => {
  test('classes that are equal in NFC are one, and paths stay as they are on disk', async () => {
    const [composed, decomposed] = ['고양이'.normalize('NFC'), '고양이'.normalize('NFD')];
    const folder = await makeImageFolder({
      [`train/${decomposed}`]: 1,
      [`val/${composed}`]: 1,
      'train/b 🐝': 1,
      'val/b 🐝': 1,
    });
    const { classes, entries } = await scanFolder(folder);
    expect(classes).toEqual(['b 🐝', composed]);
    expect(entries.map(({ className }) => className)).toEqual(['b 🐝', composed, 'b 🐝', composed]);
    expect(entries.map(({ path }) => path)).toContain(`train/${decomposed}/1.jpg`);
    for (const { path } of entries) expect((await stat(join(folder, path))).isFile()).toBe(true);
  });

  test('classes are in code point order, as Python sorts them, whatever the language', async () => {
    const names = ['apple', 'Zebra', '10', '9', 'éclair', '가', '😀', 'ﬁ'];
    const folder = await makeImageFolder(Object.fromEntries(names.map((name) => [name, 1])));
    // python3: sorted(['apple', 'Zebra', '10', '9', 'éclair', '가', '😀', 'ﬁ'])
    expect((await scanFolder(folder)).classes).toEqual(['10', '9', 'Zebra', 'apple', 'éclair', '가', 'ﬁ', '😀']);
  });

  test('a folder with emoji, Hangul and quotes in its path is read', async () => {
    const folder = await makeImageFolder({ cat: 1, dog: 1 }, `내 사진 "🐈" it's\n#1 %20`.normalize('NFD'));
    expect((await scanFolder(folder)).entries).toHaveLength(2);
  });

  test.skipIf(process.platform !== 'linux')('a name that is no valid text is listed', async () => {
    const folder = await makeImageFolder({ cat: 1, dog: 1 });
    const broken = Buffer.concat([Buffer.from(`${folder}/cat/`), Buffer.from([0xff, 0xfe, 0x2e, 0x6a, 0x70, 0x67])]);
    await writeFile(broken, await numberedPicture(9));
    const { entries, skipped } = await scanFolder(folder);
    expect([entries.length, skipped]).toEqual([
      2,
      [{ path: 'cat/��.jpg', reason: 'unreadable: its name is not valid Unicode text; rename it' }],
    ]);
  });
});

describe.skipIf(process.platform === 'win32')('links', () => {
  test('are followed to files and folders, and a circle of links ends', async () => {
    const elsewhere = await makeImageFolder({ birds: 2, 'one.jpg': await numberedPicture(50) });
    const folder = await makeImageFolder({ cat: 1, dog: 1 });
    await symlink(join(elsewhere, 'birds'), join(folder, 'bird'));
    await symlink(join(elsewhere, 'one.jpg'), join(folder, 'cat', 'linked.jpg'));
    await symlink(folder, join(folder, 'cat', 'up'));
    await symlink('../dog', join(folder, 'cat', 'dog-again'));
    await symlink('nowhere', join(folder, 'dog', 'broken.jpg'));
    const manifest = await scanFolder(folder);
    expect([countsOf(manifest), manifest.skipped]).toEqual([
      { bird: 2, cat: 2, dog: 1 },
      [
        { path: 'cat/dog-again', reason: 'a link to a folder that is counted already (dog)' },
        { path: 'cat/up', reason: 'a link to a folder that is counted already (the folder itself)' },
        { path: 'dog/broken.jpg', reason: 'a link to nowhere' },
      ],
    ]);
  });

  test('a web of links between folders is walked once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `f${index}`);
    const folder = await makeImageFolder(Object.fromEntries(names.map((name) => [name, 1])));
    for (const a of names) for (const b of names) if (a !== b) await symlink(`../${b}`, join(folder, a, b));
    expect((await scanFolder(folder)).entries).toHaveLength(12);
  });
});

describe('a folder that cannot be scanned is an error that says what to do', () => {
  test('missing, a file, and an empty one', async () => {
    const folder = await makeImageFolder({ 'file.jpg': 'x', empty: null });
    await expect(scanFolder(join(folder, 'absent'))).rejects.toMatchObject({ code: 'dataset/not-found' });
    await expect(scanFolder(join(folder, 'file.jpg', 'below'))).rejects.toMatchObject({ code: 'dataset/not-found' });
    await expect(scanFolder(join(folder, 'file.jpg'))).rejects.toMatchObject({ code: 'dataset/not-a-folder' });
    expect(await scanFolder(join(folder, 'empty'))).toEqual({
      classes: [],
      entries: [],
      skipped: [],
      splitSource: 'seed',
    });
  });

  test.skipIf(process.getuid?.() === 0)('unreadable', async () => {
    const folder = await makeImageFolder({ inner: 1 });
    await chmod(folder, 0);
    await expect(scanFolder(folder)).rejects.toMatchObject({ code: 'dataset/unreadable' });
    await chmod(folder, 0o755);
  });
});

test('a scan reports progress and stops when told', async () => {
  const folder = await makeImageFolder({ cat: 20, dog: 20 });
  const progress: [number, number][] = [];
  await scanFolder(folder, { onProgress: (done, total) => progress.push([done, total]) });
  expect(progress).toEqual(Array.from({ length: 40 }, (_, index) => [index + 1, 40]));
  const stop = new AbortController();
  const scan = scanFolder(folder, {
    signal: stop.signal,
    onProgress: (done) => done === 5 && stop.abort(new Error('enough')),
  });
  await expect(scan).rejects.toThrow('enough');
});

test('a file that vanishes while the folder is scanned is listed', async () => {
  const folder = await makeImageFolder({ cat: 3, dog: 120 });
  const { entries, skipped } = await scanFolder(folder, {
    onProgress: (done) => done === 1 && void rename(join(folder, 'dog', '99.jpg'), join(folder, 'gone.jpg')),
  });
  expect(entries.length + skipped.length).toBe(123);
});

test('scanning changes nothing: not a byte, not a date', async () => {
  const folder = await makeImageFolder({ cat: 2, 'dog/x.jpg': 'broken' });
  const look = async () =>
    Promise.all(
      (await readdir(folder, { recursive: true })).sort().map(async (name) => {
        const { mtimeMs, size, isDirectory } = await stat(join(folder, name)).then((s) => ({
          mtimeMs: s.mtimeMs,
          size: s.size,
          isDirectory: s.isDirectory(),
        }));
        return [name, mtimeMs, size, isDirectory ? '' : (await readFile(join(folder, name))).toString('base64')];
      }),
    );
  await mkdir(join(folder, 'empty'));
  const before = await look();
  await scanFolder(folder);
  expect(await look()).toEqual(before);
});

const hymenoptera = shared('data/hymenoptera');
test.skipIf(hymenoptera === null)('397 photographs are scanned in well under two seconds', async () => {
  const started = performance.now();
  const manifest = await scanFolder(hymenoptera ?? '');
  expect(performance.now() - started).toBeLessThan(2000);
  expect([countsOf(manifest), manifest.skipped]).toEqual([
    { 'training/ants': 123, 'training/bees': 121, 'validation/ants': 70, 'validation/bees': 83 },
    [],
  ]);
});
