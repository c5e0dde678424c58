import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createRandom } from '../../src-main/engine/random.ts';
import { quarters } from './image-folders.ts';

/** A scene whose corners differ, with soft structure and noise over it, so that turns, crops and filters show. */
export async function scene(width: number, height: number, seed: number): Promise<Sharp> {
  const random = createRandom(seed);
  const blobs = Buffer.from(Array.from({ length: 12 * 9 * 3 }, () => Math.floor(random() * 256)));
  const soft = await sharp(blobs, { raw: { width: 12, height: 9, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  const corners = await quarters(width, height).raw().toBuffer();
  const pixels = corners.map((value, index) =>
    Math.max(0, Math.min(255, 0.6 * value + 0.4 * (soft[index] ?? 0) + (random() - 0.5) * 120)),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/**
 * Pictures of the kinds that people have: turned by EXIF, transparent, grey, CMYK, wide-gamut, tiny, large, long.
 *
 * @returns their paths, by what they are.
 */
export async function writeOddPictures(folder: string): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const alpha = Buffer.from(Array.from({ length: 260 * 200 }, (_, index) => (index % 260 < 100 ? 0 : 160)));
  const withAlpha = async () =>
    sharp(
      await (
        await scene(260, 200, 2)
      )
        .joinChannel(alpha, { raw: { width: 260, height: 200, channels: 1 } })
        .png()
        .toBuffer(),
    );
  const pictures: Record<string, Promise<Buffer>> = {};
  for (let orientation = 1; orientation <= 8; orientation++)
    pictures[`orientation ${orientation}.jpg`] = scene(300, 201, 1).then((picture) =>
      picture.withMetadata({ orientation }).jpeg({ quality: 92 }).toBuffer(),
    );
  pictures['transparent.png'] = withAlpha().then((picture) => picture.png().toBuffer());
  pictures['transparent palette.png'] = withAlpha().then((picture) => picture.png({ palette: true }).toBuffer());
  pictures['transparent.webp'] = withAlpha().then((picture) => picture.webp({ lossless: true }).toBuffer());
  pictures['grey.jpg'] = scene(310, 200, 3).then((picture) => picture.greyscale().jpeg().toBuffer());
  pictures['16 bit.png'] = scene(300, 210, 4).then((picture) => picture.toColourspace('rgb16').png().toBuffer());
  pictures['16 bit grey.png'] = scene(300, 210, 12).then((picture) => picture.toColourspace('grey16').png().toBuffer());
  pictures['wide gamut.jpg'] = scene(300, 210, 5).then((picture) => picture.withIccProfile('p3').jpeg().toBuffer());
  pictures['cmyk.jpg'] = scene(300, 210, 6).then((picture) => picture.withIccProfile('cmyk').jpeg().toBuffer());
  pictures['tiny.png'] = scene(21, 34, 7).then((picture) => picture.png().toBuffer());
  pictures['large.jpg'] = scene(3001, 2000, 8).then((picture) => picture.jpeg().toBuffer());
  pictures['long.jpg'] = scene(1200, 130, 9).then((picture) => picture.jpeg().toBuffer());
  pictures['tall.webp'] = scene(201, 640, 10).then((picture) => picture.webp().toBuffer());
  pictures['colours.gif'] = scene(240, 200, 11).then((picture) => picture.gif().toBuffer());
  const written: Record<string, string> = {};
  for (const [name, content] of Object.entries(pictures)) {
    const file = join(folder, name);
    await writeFile(file, await content);
    written[name] = file;
  }
  return written;
}
