/** Good pictures, cut at many lengths and with flipped bits: every answer is a picture or a reason. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../src-main/engine/images/decode.ts';
import { inspectImage } from '../../src-main/engine/images/inspect.ts';
import { createRandom } from '../../src-main/engine/random.ts';
import { quarters } from '../helpers/image-folders.ts';
import { repositoryRoot } from '../helpers/shared.ts';

const FORMATS = [
  'jpeg',
  'progressive jpeg',
  'png',
  'webp',
  'lossless webp',
  'avif',
  'gif',
  'tiff',
  'bmp',
  'heic',
] as const;
type Format = (typeof FORMATS)[number];
const pictures = new Map<Format, Buffer>();

beforeAll(async () => {
  // Texture, so that every part of the file matters.
  const [width, height, random] = [160, 120, createRandom(1)];
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => 90 + (at % width) / 2 + 60 * random());
  const textured = sharp(pixels, { raw: { width, height, channels: 3 } });
  const make: Record<Exclude<Format, 'bmp' | 'heic'>, () => Promise<Buffer>> = {
    jpeg: () => textured.clone().jpeg().toBuffer(),
    'progressive jpeg': () => textured.clone().jpeg({ progressive: true }).toBuffer(),
    png: () => textured.clone().png().toBuffer(),
    webp: () => textured.clone().webp().toBuffer(),
    'lossless webp': () => textured.clone().webp({ lossless: true }).toBuffer(),
    avif: () => textured.clone().avif({ effort: 0 }).toBuffer(),
    gif: () => textured.clone().gif().toBuffer(),
    tiff: () => textured.clone().tiff({ compression: 'lzw' }).toBuffer(),
  };
  for (const [format, write] of Object.entries(make)) pictures.set(format as Format, await write());
  pictures.set('bmp', await bitmap());
  pictures.set('heic', readFileSync(join(repositoryRoot, 'test/fixtures/images/quad.heic')));
});

/** 24 bits, bottom row first. */
async function bitmap(): Promise<Buffer> {
  const [width, height] = [40, 30];
  const rgb = await quarters(width, height).raw().toBuffer();
  const file = Buffer.alloc(54 + width * height * 3);
  file.write('BM');
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(-height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let at = 0; at < rgb.length; at += 3) file.set([rgb[at + 2]!, rgb[at + 1]!, rgb[at]!], 54 + at);
  return file;
}

const SIZE = 24;
const REASON = /^(truncated|damaged|too large|too slow|unsupported format|not a picture|empty file)/;

function expectAnswer(answer: Awaited<ReturnType<typeof decodeImage>>): void {
  if (answer.ok) expect(answer.pixels).toHaveLength(SIZE * SIZE * 3);
  else expect(answer.reason).toMatch(REASON);
}

describe('a picture that is cut short is never taken for whole', () => {
  test.each(FORMATS.filter((format) => format !== 'heic'))('%s', async (format) => {
    const whole = pictures.get(format)!;
    expect((await decodeImage(whole, SIZE)).ok).toBe(true);
    // Up to the last tenth, where some formats keep what the pixels do not need.
    const cuts = Array.from({ length: 40 }, (_, index) => Math.floor((whole.length * 0.9 * index) / 39));
    const passed: number[] = [];
    for (const length of cuts) {
      const answer = await decodeImage(whole.subarray(0, length), SIZE);
      expectAnswer(answer);
      if (answer.ok) passed.push(length);
    }
    expect(passed, `of ${whole.length} bytes`).toEqual([]);
  });

  test('heic', async () => {
    const whole = pictures.get('heic')!;
    for (const share of [0.1, 0.5, 0.8, 0.95]) {
      const answer = await decodeImage(whole.subarray(0, whole.length * share), SIZE);
      expect(answer).toEqual({ ok: false, reason: expect.stringMatching(REASON) });
    }
  });
});

describe('flipped bits never crash, hang or throw', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 12 });

  test.each(FORMATS)('%s', async (format) => {
    const whole = pictures.get(format)!;
    await fc.assert(
      fc.asyncProperty(flips, async (bits) => {
        const damaged = Buffer.from(whole);
        for (const [at, bit] of bits) damaged[at % damaged.length]! ^= 1 << bit;
        expectAnswer(await decodeImage(damaged, SIZE));
        await inspectImage(damaged);
      }),
      { numRuns: format === 'heic' ? 15 : 80, seed: 20 },
    );
  });

  test('in headers alone', async () => {
    const early = fc.tuple(
      fc.constantFrom(...FORMATS),
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(early, async ([format, changes]) => {
        const damaged = Buffer.from(pictures.get(format)!);
        for (const [at, value] of changes) damaged[at] = value;
        expectAnswer(await decodeImage(damaged, SIZE));
      }),
      { numRuns: 250, seed: 21 },
    );
  });
});

test('any bytes at all get an answer', async () => {
  const starts = [
    '\xff\xd8\xff',
    '\x89PNG\r\n\x1a\n',
    'GIF89a',
    'RIFF\x40\0\0\0WEBP',
    'II*\0',
    'MM\0+',
    'BM',
    '\0\0\0\x18ftypavif',
    '',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
      expectAnswer(await decodeImage(Buffer.concat([Buffer.from(start, 'latin1'), rest]), SIZE));
    }),
    { numRuns: 300, seed: 22 },
  );
});
