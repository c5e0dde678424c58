import { expect, test } from 'vitest';
import {
  decodeZipName,
  entryRefusal,
  isSystemEntry,
  zipPaths,
  zipRefusal,
} from '../../../../src-renderer/lib/zip-plan.ts';

const GIB = 1024 ** 3;

test('a zip file is refused as a bomb only where it is large and unpacks to over 100 times its size', () => {
  expect(zipRefusal(10, 4 * GIB, 1024 ** 2)).toContain('4.3\u00a0GB');
  expect(zipRefusal(10, 0.9 * GIB, 1024)).toBeNull(); // many times, but no disk is filled
  expect(zipRefusal(10, 90 * GIB, GIB)).toBeNull(); // bitmaps do that
  expect(zipRefusal(1_000_001, 10, 10)).toContain('million');
});

test('a file whose path leaves the zip file, is encrypted or too large is refused, each with its reason', () => {
  const entry = (path: string, sizeBytes = 10, isEncrypted = false) => entryRefusal({ path, sizeBytes, isEncrypted });
  const outside = ['../a.jpg', 'cats/../../a.jpg', '/etc/a.jpg', 'C:/a.jpg', 'cats\\..\\a.jpg'];
  expect(outside.map((path) => entry(path))).toEqual(outside.map(() => expect.stringContaining('out of') as string));
  expect(entry('cats/a.jpg', 10, true)).toContain('encrypted');
  expect(entry('cats/a.jpg', 257 * 1024 * 1024)).toContain('larger');
  expect(['cats/a.jpg', 'cats/..a.jpg', 'a..b/c.jpg'].map((path) => entry(path))).toEqual([null, null, null]);
});

test('a zip file stands for a folder of its name, unless it holds the folder of classes itself', () => {
  expect(zipPaths(['cats/1.jpg', 'dogs/1.jpg'], 'pets.ZIP')).toEqual(['pets/cats/1.jpg', 'pets/dogs/1.jpg']);
  expect(zipPaths(['all/cats/1.jpg', 'all/dogs/1.jpg'], 'pets.zip')).toEqual(['all/cats/1.jpg', 'all/dogs/1.jpg']);
  expect(zipPaths(['cats/1.jpg'], 'pets.zip')).toEqual(['pets/cats/1.jpg']);
  expect(zipPaths(['1.jpg'], 'cats.zip')).toEqual(['cats/1.jpg']);
});

test('what systems add is left aside', () => {
  const paths = ['__MACOSX/cats/._1.jpg', 'cats/.DS_Store', 'Thumbs.db', 'cats/Thumbs.db.jpg', 'cats/1.jpg'];
  expect(paths.filter(isSystemEntry)).toEqual(['__MACOSX/cats/._1.jpg', 'cats/.DS_Store', 'Thumbs.db']);
});

test('a name without a word on its encoding reads as UTF-8, else as Korean Windows, else as the format says', () => {
  expect(decodeZipName(new TextEncoder().encode('고양이'))).toBe('고양이');
  expect(decodeZipName(Uint8Array.of(0xb0, 0xed, 0xbe, 0xe7, 0xc0, 0xcc))).toBe('고양이'); // Python: '고양이'.encode('cp949')
  expect(decodeZipName(Uint8Array.of(0xff, 0xff))).toBeUndefined();
});
