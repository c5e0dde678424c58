import { isAbsolute, join, relative, resolve, win32 } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uploadPathParts } from '../../../src-main/server/upload-path.ts';

function taken(path: string, platform: NodeJS.Platform = 'linux'): string[] | null {
  try {
    return uploadPathParts(path, platform);
  } catch (error) {
    expect(error).toMatchObject({ name: 'EngineError', code: 'project/bad-path' });
    return null;
  }
}

/** Pieces that attacks on paths are made of, between ordinary text. */
const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '/',
    '\\',
    '\0',
    'C:',
    '~',
    '%2e%2e',
    '...',
    ' ',
    'con',
    'aux.txt',
    '개미',
    '🐝',
    'é',
    '\u202e',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const anyPath = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('/')),
);

test('no path that is taken leaves its folder, on any system', () => {
  fc.assert(
    fc.property(anyPath, fc.constantFrom<NodeJS.Platform>('linux', 'win32'), (path, platform) => {
      const parts = taken(path, platform);
      if (parts === null) return;
      const inside = relative('/data/uploads', join('/data/uploads', ...parts));
      expect(isAbsolute(inside) || inside.split('/').includes('..') || inside === '').toBe(false);
      const windows = win32.relative('C:\\data', win32.join('C:\\data', ...parts));
      expect(win32.isAbsolute(windows) || windows.split('\\').includes('..')).toBe(false);
      expect(resolve('/data/uploads', parts.join('/'))).toBe(join('/data/uploads', ...parts));
    }),
    { numRuns: 2000 },
  );
});

test('what is taken is kept letter for letter', () => {
  fc.assert(
    fc.property(anyPath, (path) => {
      const parts = taken(path);
      if (parts !== null) expect(parts.join('/')).toBe(path);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  '개미/일개미 1.jpg',
  '🐝/🐝🏽.png',
  'cafe\u0301/é.jpg',
  'a/..b/c..jpg',
  '.hidden/x',
  'con/aux',
  '-rf',
  "it's 100%.jpg",
])('takes %j', (path) => expect(taken(path)).toEqual(path.split('/')));

test.each([
  '',
  '..',
  '../x',
  'a/../b',
  'a/./b',
  'a//b',
  '/etc/passwd',
  'a/',
  'C:\\x',
  'c:x',
  'a\\b',
  'a\0b',
  'a\nb',
  `${'x'.repeat(256)}.jpg`,
  '개'.repeat(86),
  'a/'.repeat(40) + 'x',
  'a\ud800',
])('refuses %j', (path) => expect(taken(path)).toBeNull());

test.each(['con/x.jpg', 'a/NUL.txt', 'a/x.', 'a/x ', 'a/b?.jpg'])('refuses %j on Windows alone', (path) => {
  expect([taken(path, 'win32'), taken(path, 'linux')]).toEqual([null, path.split('/')]);
});
