// @ts-check
/**
 * Makes a set of any size in seconds: a few dozen drawn photographs, each copied many times with a comment of its own
 * (a JPEG COM segment), so that no two files have the same bytes and no cache takes one for another.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { drawScene, SAMPLE_SHAPES } from '../../src-main/engine/images/sample-scene.ts';
import { createRandom } from '../../src-main/engine/random.ts';
import { answer, programArguments } from './rounds.js';

/** As photographs of the web come: with some grain, about 85 KB. */
const SIZE = { width: 500, height: 375 };
const GRAIN = 18;
const JPEG_QUALITY = 88;
const DRAWN_PER_CLASS = 12;
/** Files written at the same time. */
const CONCURRENCY = 32;

const [{ folder, count }] = programArguments();
const limit = pLimit(CONCURRENCY);
let written = 0;
for (const [classNumber, { className, name }] of SAMPLE_SHAPES.entries()) {
  await mkdir(join(folder, className), { recursive: true });
  const drawn = await Promise.all(
    Array.from({ length: DRAWN_PER_CLASS }, (_, index) => draw(name, classNumber, index)),
  );
  const copies = Math.ceil((count - written) / (SAMPLE_SHAPES.length - classNumber));
  await Promise.all(
    Array.from({ length: copies }, (_, copy) =>
      limit(() => {
        const jpeg = drawn[copy % DRAWN_PER_CLASS] ?? Buffer.alloc(0);
        return writeFile(join(folder, className, `${copy}.jpg`), withComment(jpeg, `${className} ${copy}`));
      }),
    ),
  );
  written += copies;
}
answer(written);

/**
 * @param {import('../../src-main/engine/images/sample-scene.ts').SampleShape} shape
 * @param {readonly number[]} seeds
 */
async function draw(shape, ...seeds) {
  const scene = drawScene(shape, SIZE.width, createRandom(...seeds));
  const grain = await sharp({
    create: { ...SIZE, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: GRAIN } },
  })
    .png()
    .toBuffer();
  return sharp(Buffer.from(scene))
    .resize(SIZE)
    .composite([{ input: grain, blend: 'hard-light' }])
    .flatten()
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
}

/** The same picture with a comment behind its start marker. @param {Buffer} jpeg @param {string} comment */
function withComment(jpeg, comment) {
  const text = Buffer.from(comment);
  const marker = Buffer.from([0xff, 0xfe, 0, 0]);
  marker.writeUInt16BE(text.length + 2, 2); // the length counts itself
  return Buffer.concat([jpeg.subarray(0, 2), marker, text, jpeg.subarray(2)]);
}
