import { execFileSync } from 'node:child_process';
import { chmod, mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { inspectImage } from '../../../../src-main/engine/images/inspect.ts';
import { LIMITS } from '../../../../src-main/engine/images/recipe.ts';
import { makeImageFolder, quarters } from '../../../helpers/image-folders.ts';

async function reasonOf(source: string | Buffer): Promise<string> {
  const decoded = await decodeImage(source, 16);
  return decoded.ok ? 'decoded' : decoded.reason;
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';

describe('what is no picture is told apart and named', () => {
  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'empty file (0 bytes)'],
    ['text', Buffer.from('Just some words, 한글 too.\n'), 'not a picture: a text file'],
    ['a web page', Buffer.from('<!DOCTYPE html><html><body>404</body></html>'), 'not a picture: a web page'],
    ['a PDF', Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n', 'latin1'), 'not a picture: a PDF file'],
    ['an archive', Buffer.from(zipSync({ 'a.txt': new Uint8Array(9) })), 'not a picture: a ZIP file'],
    ['an SVG', Buffer.from(SVG), 'unsupported format: an SVG drawing; save it as JPEG or PNG'],
    [
      'an SVG after an XML line',
      Buffer.from(`<?xml version="1.0"?>\n<!-- drawn -->\n${SVG}`),
      'unsupported format: an SVG drawing; save it as JPEG or PNG',
    ],
    [
      'a Photoshop file',
      Buffer.from('8BPS\0\x01\0\0\0\0\0\0\0\x03'),
      'unsupported format: PSD; save it as JPEG or PNG',
    ],
    [
      'a GIF of a version that never was',
      Buffer.from('GIF\xff9a\x02\0\x02\0\x80\0\0\0\0\0', 'latin1'),
      'damaged: it begins like a GIF, but its header is broken',
    ],
    ['noise', Buffer.from([7, 200, 3, 0, 255, 254, 9, 1]), 'not a picture: its content is of no known image format'],
    ['a video', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'), 'not a picture: a video (MP4)'],
    [
      'a camera raw file',
      Buffer.concat([Buffer.from('II*\0\x10\0\0\0CR\x02\0', 'latin1'), Buffer.alloc(20)]),
      'unsupported format: a camera raw file (CR2); export it as JPEG',
    ],
    ['text that begins like a bitmap', Buffer.from('BM is short for bitmap, is it not?'), 'not a picture: a text file'],
  ])('%s', async (_, content, reason) => {
    expect(await reasonOf(content)).toBe(reason);
    expect(await inspectImage(content)).toEqual({ ok: false, reason });
  });
});

test('a drawing hidden in the comment of another format is never rendered', async () => {
  const gif = await quarters(20, 20).gif().toBuffer();
  const hidden = Buffer.concat([gif.subarray(0, 13), Buffer.from(SVG), gif.subarray(13)]);
  expect(await reasonOf(hidden)).toMatch(/^(damaged|truncated)/);
});

describe('what the file system refuses is a reason too', () => {
  test('no such file, a folder, a link to itself', async () => {
    const folder = await makeImageFolder({ 'x.jpg/inside': null });
    await symlink('loop', join(folder, 'loop'));
    expect([
      await reasonOf(join(folder, 'absent.jpg')),
      await reasonOf(join(folder, 'x.jpg')),
      await reasonOf(join(folder, 'loop')),
      await reasonOf(join(folder, 'a'.repeat(5000))),
    ]).toEqual([
      'unreadable: no such file',
      'not a picture: a folder',
      'unreadable: a link that leads back to itself',
      'unreadable: its path is too long for this system',
    ]);
  });

  test.skipIf(process.platform === 'win32')('a pipe without a writer is not waited for', async () => {
    const folder = await makeImageFolder({});
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe.jpg')]);
    expect(await reasonOf(join(folder, 'pipe.jpg'))).toBe('not a picture: a pipe, socket or device');
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    const folder = await makeImageFolder({ 'x.jpg': 'x' });
    await chmod(join(folder, 'x.jpg'), 0);
    expect(await reasonOf(join(folder, 'x.jpg'))).toBe('unreadable: permission denied');
  });

  test('a giant file is told by its head, and not read', async () => {
    const folder = await makeImageFolder({});
    const sparse = async (name: string, head: Buffer) => {
      await writeFile(join(folder, name), head);
      const handle = await open(join(folder, name), 'r+');
      await handle.truncate(LIMITS.fileBytes + 2 ** 20);
      await handle.close();
      return join(folder, name);
    };
    const jpeg = await quarters(20, 20).jpeg().toBuffer();
    const before = process.memoryUsage().rss;
    expect(await reasonOf(await sparse('video.jpg', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1')))).toBe(
      'not a picture: a video (MP4)',
    );
    expect(await reasonOf(await sparse('huge.jpg', jpeg))).toBe('too large: a file of 513 MB; the limit is 512 MB');
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });
});

test('names with quotes, newlines, emoji and decomposed Hangul are read as they are', async () => {
  const jpeg = await quarters(20, 20).jpeg().toBuffer();
  const folder = await makeImageFolder({}, '🐈 고양이 '.normalize('NFD'));
  const names = [`it's "so"`, 'two\nlines', '🌻.jpg', '벌'.normalize('NFD'), '.. .jpg', '%41.jpg', 'a'.repeat(200)];
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(join(folder, name), jpeg);
  expect(await Promise.all(names.map((name) => reasonOf(join(folder, name))))).toEqual(names.map(() => 'decoded'));
});
