import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createRandom } from '../../../../src-main/engine/random.ts';
import { writeThumbnail } from '../../../../src-main/engine/images/thumbnail.ts';
import { makeImageFolder, quarters } from '../../../helpers/image-folders.ts';

test('a thumbnail is an upright WebP that fits the box, without its metadata', async () => {
  const source = await quarters(600, 400).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const folder = await makeImageFolder({ 'source.jpg': source });
  await writeThumbnail(join(folder, 'source.jpg'), join(folder, 'tile.webp'), 208);
  const { format, width, height, orientation, exif } = await sharp(
    await readFile(join(folder, 'tile.webp')),
  ).metadata();
  expect({ format, width, height, orientation, exif }).toEqual({ format: 'webp', width: 139, height: 208 });
  expect(await readFile(join(folder, 'source.jpg'))).toEqual(source);
});

test('a tile of pure noise still stays within 20 KB', async () => {
  const random = createRandom(1);
  const noise = Buffer.from(Uint8Array.from({ length: 400 * 400 * 3 }, () => Math.floor(random() * 256)));
  const folder = await makeImageFolder({});
  await sharp(noise, { raw: { width: 400, height: 400, channels: 3 } })
    .png()
    .toFile(join(folder, 'noise.png'));
  await writeThumbnail(join(folder, 'noise.png'), join(folder, 'tile.webp'), 208);
  expect((await stat(join(folder, 'tile.webp'))).size).toBeLessThanOrEqual(20_000);
});

test('a small picture is not enlarged, and a preview may be large', async () => {
  const folder = await makeImageFolder({});
  await quarters(30, 20).png().toFile(join(folder, 'small.png'));
  await quarters(3000, 1000).png().toFile(join(folder, 'large.png'));
  const sizeOf = async (name: string, sizePx: number) => {
    await writeThumbnail(join(folder, name), join(folder, 'out.webp'), sizePx);
    const { width, height } = await sharp(await readFile(join(folder, 'out.webp'))).metadata();
    return [width, height];
  };
  expect([await sizeOf('small.png', 208), await sizeOf('large.png', 2048)]).toEqual([
    [30, 20],
    [2048, 683],
  ]);
});

test('a bad picture leaves no file and no traces, and says why', async () => {
  const folder = await makeImageFolder({ 'bad.jpg': 'no picture' });
  await expect(writeThumbnail(join(folder, 'bad.jpg'), join(folder, 'tile.webp'), 208)).rejects.toMatchObject({
    code: 'image/unreadable',
    message: 'The picture cannot be shown: not a picture: a text file.',
  });
  expect(await readdir(folder)).toEqual(['bad.jpg']);
});

test('a thumbnail replaces an older one whole, with nothing left beside it', async () => {
  const folder = await makeImageFolder({ 'a.jpg': await quarters(60, 40).jpeg().toBuffer() });
  await writeFile(join(folder, 'tile.webp'), 'old');
  await Promise.all([1, 2, 3].map(() => writeThumbnail(join(folder, 'a.jpg'), join(folder, 'tile.webp'), 32)));
  expect((await sharp(await readFile(join(folder, 'tile.webp'))).metadata()).width).toBe(32);
  expect((await readdir(folder)).sort()).toEqual(['a.jpg', 'tile.webp']);
});
