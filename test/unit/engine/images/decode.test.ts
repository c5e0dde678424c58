import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import {
  colourAt,
  colourDistance,
  CORNERS,
  makeImageFolder,
  quarters,
  type Rgb,
} from '../../../helpers/image-folders.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const SIZE = 32;

/** Colours near the four corners, clockwise from top left. */
async function cornersOf(source: string | Buffer): Promise<Rgb[]> {
  const decoded = await decodeImage(source, SIZE);
  if (!decoded.ok) throw new Error(decoded.reason);
  const at = (x: number, y: number) => colourAt(decoded.pixels, SIZE, x, y);
  return [at(0.2, 0.2), at(0.8, 0.2), at(0.8, 0.8), at(0.2, 0.8)];
}

function expectCorners(found: readonly Rgb[], expected: readonly Rgb[], tolerance: number): void {
  const worst = Math.max(...found.map((colour, index) => colourDistance(colour, expected[index]!)));
  expect(worst, `found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`).toBeLessThanOrEqual(tolerance);
}

const UPRIGHT = [CORNERS.topLeft, CORNERS.topRight, CORNERS.bottomRight, CORNERS.bottomLeft];

describe('every EXIF orientation comes out upright', () => {
  // EXIF 2.3, tag 0x0112: which side of the scene the stored row 0 and column 0 are.
  const SIDES = [
    [1, 'top', 'left'],
    [2, 'top', 'right'],
    [3, 'bottom', 'right'],
    [4, 'bottom', 'left'],
    [5, 'left', 'top'],
    [6, 'right', 'top'],
    [7, 'right', 'bottom'],
    [8, 'left', 'bottom'],
  ] as const;
  const OPPOSITE = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' } as const;
  type Side = keyof typeof OPPOSITE;

  function cornerOf(a: Side, b: Side): Rgb {
    const [vertical, horizontal] = a === 'top' || a === 'bottom' ? [a, b] : [b, a];
    if (vertical === 'top') return horizontal === 'left' ? CORNERS.topLeft : CORNERS.topRight;
    return horizontal === 'left' ? CORNERS.bottomLeft : CORNERS.bottomRight;
  }

  const formats = ['jpeg', 'png', 'webp', 'tiff'] as const;
  test.each(
    SIDES.flatMap(([orientation, row, column]) => formats.map((format) => ({ orientation, row, column, format }))),
  )('orientation $orientation in $format', async ({ orientation, row, column, format }) => {
    const stored = [
      cornerOf(row, column),
      cornerOf(row, OPPOSITE[column]),
      cornerOf(OPPOSITE[row], OPPOSITE[column]),
      cornerOf(OPPOSITE[row], column),
    ] as const;
    const picture = orientation <= 4 ? quarters(80, 60, stored) : quarters(60, 80, stored);
    const file = await picture.withMetadata({ orientation }).toFormat(format, { quality: 100 }).toBuffer();
    expectCorners(await cornersOf(file), UPRIGHT, 12);
  });
});

describe('every format is decoded, whatever the file is called', () => {
  const make = {
    jpeg: () => quarters(80, 60).jpeg({ quality: 100 }).toBuffer(),
    'progressive jpeg': () => quarters(80, 60).jpeg({ quality: 100, progressive: true }).toBuffer(),
    png: () => quarters(80, 60).png().toBuffer(),
    'palette png': () => quarters(80, 60).png({ palette: true }).toBuffer(),
    'interlaced png': () => quarters(80, 60).png({ progressive: true }).toBuffer(),
    webp: () => quarters(80, 60).webp({ lossless: true }).toBuffer(),
    avif: () => quarters(80, 60).avif({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
    gif: () => quarters(80, 60).gif().toBuffer(),
    tiff: () => quarters(80, 60).tiff({ compression: 'none' }).toBuffer(),
    'tiled tiff': () => quarters(80, 60).tiff({ compression: 'deflate', tile: true }).toBuffer(),
    'big-endian tiff': async () => bigEndianTiff(await quarters(80, 60).raw().toBuffer(), 80, 60),
  };
  test.each(Object.keys(make) as (keyof typeof make)[])('%s', async (kind) => {
    const folder = await makeImageFolder({ 'misnamed.txt': await make[kind]() });
    expectCorners(await cornersOf(join(folder, 'misnamed.txt')), UPRIGHT, 6);
  });

  test('heic', async () => {
    expectCorners(await cornersOf(join(repositoryRoot, 'test/fixtures/images/quad.heic')), UPRIGHT, 6);
  });

  test('a HEIC that calls itself AVIF is decoded as what it is', async () => {
    const file = readFileSync(join(repositoryRoot, 'test/fixtures/images/quad.heic'));
    file.write('avif', 16, 'latin1'); // the first compatible brand
    expectCorners(await cornersOf(file), UPRIGHT, 6);
  });

  test('an animated picture by its first frame', async () => {
    const frames = await Promise.all(
      ['#c01020', '#10c020'].map((background) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const animation = sharp(frames, { join: { animated: true } });
    const red: Rgb = [192, 16, 32];
    for (const file of [await animation.clone().gif().toBuffer(), await animation.clone().webp().toBuffer()]) {
      expectCorners(await cornersOf(file), [red, red, red, red], 6);
    }
  });

  test('a multi-page TIFF by its first page, though libvips cannot read the second', async () => {
    const page = bigEndianTiff(await quarters(80, 60).raw().toBuffer(), 80, 60);
    const link = page.readUInt32BE(4) + 2 + 12 * page.readUInt16BE(page.readUInt32BE(4));
    const file = Buffer.concat([page, Buffer.alloc(64, 0xff)]);
    file.writeUInt32BE(page.length, link); // the second directory is rubbish
    expectCorners(await cornersOf(file), UPRIGHT, 0);
  });
});

describe('every kind of colour becomes opaque 8-bit sRGB', () => {
  const flat = (colour: Rgb) => [colour, colour, colour, colour];

  test('grayscale', async () => {
    const grey = quarters(40, 40, [
      [0, 0, 0],
      [85, 85, 85],
      [170, 170, 170],
      [255, 255, 255],
    ]).toColourspace('b-w');
    const expected = [0, 85, 170, 255].map((value) => [value, value, value] as const);
    expectCorners(await cornersOf(await grey.clone().png().toBuffer()), expected, 1);
    expectCorners(await cornersOf(await grey.clone().jpeg({ quality: 100 }).toBuffer()), expected, 3);
  });

  test('16-bit RGB keeps its upper 8 bits', async () => {
    const pixel = [0x12, 0x34, 0x80, 0xff, 0xfe, 0x01]; // big-endian 0x1234, 0x80ff, 0xfe01
    expectCorners(await cornersOf(writePng(16, 2, pixel)), flat([0x12, 0x80, 0xfe]), 1);
  });

  test('16-bit grey', async () => {
    expectCorners(await cornersOf(writePng(16, 0, [0x40, 0x00])), flat([0x40, 0x40, 0x40]), 1);
  });

  test('16-bit grey with alpha is laid on white', async () => {
    // A quarter opaque: 0x40 · 0.25 + 0xff · 0.75 = 207.
    expectCorners(await cornersOf(writePng(16, 4, [0x40, 0x00, 0x40, 0x00])), flat([207, 207, 207]), 2);
  });

  test('8-bit RGBA is laid on white', async () => {
    // Half (128/255) of (200, 0, 100) on white: 227.4, 127, 177.2.
    expectCorners(await cornersOf(writePng(8, 6, [200, 0, 100, 128])), flat([227, 127, 177]), 2);
    expectCorners(await cornersOf(writePng(8, 6, [200, 0, 100, 0])), flat([255, 255, 255]), 0);
  });

  test('a channel of a TIFF that is not declared as alpha does not make the picture transparent', async () => {
    const pixels = Buffer.from(Array.from({ length: 400 }, () => [200, 100, 50, 0]).flat());
    const withExtra = (kind: number) =>
      writeTiff(pixels, [
        [256, 3, 1, 20],
        [257, 3, 1, 20],
        [258, 3, 1, 8],
        [259, 3, 1, 1],
        [262, 3, 1, 2],
        [273, 4, 1, 8],
        [277, 3, 1, 4],
        [278, 3, 1, 20],
        [279, 4, 1, pixels.length],
        [338, 3, 1, kind], // ExtraSamples: 0 unspecified, 2 unassociated alpha
      ]);
    expectCorners(await cornersOf(withExtra(0)), flat([200, 100, 50]), 0);
    expectCorners(await cornersOf(withExtra(2)), flat([255, 255, 255]), 0);
  });

  test('floating-point values have no colour and are refused', async () => {
    const values = Buffer.from(new Float32Array(400).fill(0.5).buffer);
    values.swap32();
    const file = writeTiff(values, [
      [256, 3, 1, 20],
      [257, 3, 1, 20],
      [258, 3, 1, 32],
      [259, 3, 1, 1],
      [262, 3, 1, 1],
      [273, 4, 1, 8],
      [277, 3, 1, 1],
      [278, 3, 1, 20],
      [279, 4, 1, values.length],
      [339, 3, 1, 3], // SampleFormat: IEEE floating point
    ]);
    expect(await decodeImage(file, SIZE)).toEqual({
      ok: false,
      reason: 'unsupported format: float values; save it with 8 or 16 bits a channel',
    });
  });

  test('CMYK with a profile comes back as it was', async () => {
    // Press inks can show these, unlike the bright CORNERS; mirrored or inverted inks would be off by 100 and more.
    const printable = [
      [180, 90, 80],
      [90, 140, 90],
      [200, 190, 120],
      [90, 110, 150],
    ] as const;
    const inks = quarters(80, 60, printable).toColourspace('cmyk').withIccProfile('cmyk');
    const cmyk = await inks.jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    expectCorners(await cornersOf(cmyk), printable, 24);
  });

  test('CMYK without a profile: no ink is white, all ink is dark, cyan lacks red', async () => {
    const inks = (c: number, m: number, y: number, k: number) => cmykTiff([c, m, y, k]);
    expectCorners(await cornersOf(inks(0, 0, 0, 0)), flat([255, 255, 255]), 4);
    expectCorners(await cornersOf(inks(0, 0, 0, 255)), flat([18, 18, 18]), 24);
    const [[red, green, blue]] = (await cornersOf(inks(255, 0, 0, 0))) as [Rgb];
    expect({ lacksRed: red < 60, keepsGreen: green > 120, keepsBlue: blue > 180 }).toEqual({
      lacksRed: true,
      keepsGreen: true,
      keepsBlue: true,
    });
  });

  test('an embedded colour profile is honoured', async () => {
    // The same numbers mean a stronger green in Display P3: sRGB (0, 255, 0) is about P3 (117, 251, 76).
    const wide = await sharp({ create: { width: 40, height: 40, channels: 3, background: { r: 0, g: 255, b: 0 } } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const stored = await sharp(wide, { ignoreIcc: true }).raw().toBuffer();
    expect(colourDistance([stored[0]!, stored[1]!, stored[2]!], [117, 251, 76])).toBeLessThanOrEqual(3);
    expectCorners(await cornersOf(wide), flat([0, 255, 0]), 6);
  });
});

test('the same file gives the same pixels, from a path and from bytes, alone and beside others', async () => {
  const file = await quarters(300, 200).jpeg().toBuffer();
  const folder = await makeImageFolder({});
  await writeFile(join(folder, 'x'), file);
  const [first, ...others] = await Promise.all(
    [file, join(folder, 'x'), file, file].map((one) => decodeImage(one, 64)),
  );
  for (const other of others) expect(other).toEqual(first);
});

/** A PNG of 20 × 20 equal pixels, written by hand so that bit depth and colour type are as asked. */
function writePng(bitDepth: 8 | 16, colourType: 0 | 2 | 4 | 6, pixel: readonly number[]): Buffer {
  const header = Buffer.from([0, 0, 0, 20, 0, 0, 0, 20, bitDepth, colourType, 0, 0, 0]);
  const row = [0, ...Array.from({ length: 20 }, () => pixel).flat()];
  const rows = Buffer.from(Array.from({ length: 20 }, () => row).flat());
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** An uncompressed big-endian RGB TIFF: pixels, then its directory. */
function bigEndianTiff(pixels: Buffer, width: number, height: number): Buffer {
  return writeTiff(pixels, [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [273, 4, 1, 8],
    [277, 3, 1, 3],
    [278, 3, 1, height],
    [279, 4, 1, pixels.length],
  ]);
}

/** 20 × 20 pixels of the same inks, without a profile. */
function cmykTiff(inks: readonly number[]): Buffer {
  const pixels = Buffer.from(Array.from({ length: 400 }, () => inks).flat());
  return writeTiff(pixels, [
    [256, 3, 1, 20],
    [257, 3, 1, 20],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 5],
    [273, 4, 1, 8],
    [277, 3, 1, 4],
    [278, 3, 1, 20],
    [279, 4, 1, pixels.length],
  ]);
}

function writeTiff(pixels: Buffer, fields: readonly (readonly [number, number, number, number])[]): Buffer {
  const head = Buffer.from('MM\0*\0\0\0\0', 'latin1');
  head.writeUInt32BE(8 + pixels.length, 4);
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16BE(fields.length);
  fields.forEach(([tag, type, count, value], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16BE(tag, at);
    directory.writeUInt16BE(type, at + 2);
    directory.writeUInt32BE(count, at + 4);
    if (type === 3) directory.writeUInt16BE(value, at + 8);
    else directory.writeUInt32BE(value, at + 8);
  });
  return Buffer.concat([head, pixels, directory]);
}
