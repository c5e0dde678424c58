// @ts-check
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';

const WIDTH = 96;
const HEIGHT = 72;
/** A picture shows its number as so many bars, light or dark. */
const BARS = 16;

/**
 * Draws small JPEGs, no two alike, into folders a class.
 *
 * @param {string} folder  is made
 * @param {{ classCount: number, count: number }} plan
 */
export async function drawPictures(folder, { classCount, count }) {
  const classNames = Array.from({ length: classCount }, (_, index) => `class ${String(index + 1).padStart(2, '0')}`);
  for (const name of classNames) await mkdir(join(folder, name), { recursive: true });
  const limit = pLimit(4);
  await Promise.all(
    Array.from({ length: count }, (_, number) =>
      limit(() => draw(number, join(folder, classNames[number % classCount] ?? '', `${number}.jpg`))),
    ),
  );
}

/** @param {number} number @param {string} file */
async function draw(number, file) {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  const colour = [(number * 67) % 156, (number * 29 + 80) % 156, (number * 131 + 160) % 156];
  for (let at = 0; at < pixels.length; at++) {
    const x = Math.floor(at / 3) % WIDTH;
    const isLight = (number >> Math.floor((x * BARS) / WIDTH)) & 1;
    pixels[at] = (colour[at % 3] ?? 0) + (isLight ? 90 : 0);
  }
  await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 70 })
    .toFile(file);
}
