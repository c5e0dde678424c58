import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { CROP_PLACES, type CropPlace } from '../../../../src-main/contract/test-time-augmentation.ts';
import { decodeCrops, type CropOrder } from '../../../../src-main/engine/images/decode-crops.ts';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { meanDifference } from '../../../helpers/formula-pictures.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const fixtures = join(repositoryRoot, 'test/fixtures/images');

async function cropsOf(source: string | Buffer, sizePx: number, ...orders: CropOrder[]) {
  const decoded = await decodeCrops(source, sizePx, orders);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.crops;
}

/** A PNG whose red and green tell a pixel's place. */
function places(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.from(
    Array.from({ length: width * height }, (_, at) => [at % width, Math.floor(at / width), 7]).flat(),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Noise on a ramp, so that a shift by a pixel shows. */
function noise(width: number, height: number) {
  const pixels = Buffer.from(
    Array.from({ length: width * height * 3 }, (_, at) => (at * 7919 + ((at * at) % 8191) * 13) % 251),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Where the top left and the bottom right pixel of a crop of `places` came from. */
function cornersOf(crop: Uint8Array | undefined): number[] {
  return crop === undefined ? [] : [...crop.subarray(0, 2), ...crop.subarray(-3, -1)];
}

describe('a picture that is cut and not scaled', () => {
  test.each([
    // n − 10 along the axes: 6 and 3. The centre begins at 3 and, of a half, at the pixel after it, as in the recipe: 2.
    [16, 13, { centre: [3, 2, 12, 11], 'top-right': [6, 0, 15, 9], 'bottom-left': [0, 3, 9, 12] }],
    [13, 16, { centre: [2, 3, 11, 12], 'top-right': [3, 0, 12, 9], 'bottom-left': [0, 6, 9, 15] }],
    // 1 and 20: torchvision would begin at 0, since it rounds a half to the even number.
    [11, 30, { centre: [1, 10, 10, 19], 'top-left': [0, 0, 9, 9], 'bottom-right': [1, 20, 10, 29] }],
    [10, 10, { centre: [0, 0, 9, 9], 'bottom-right': [0, 0, 9, 9] }],
  ] as const)('of %i × %i pixels has its crops where a hand count puts them', async (width, height, expected) => {
    const order = { scalePx: Math.min(width, height), places: CROP_PLACES };
    const [crops] = await cropsOf(await places(width, height), 10, order);
    const found = Object.keys(expected).map((place) => [place, cornersOf(crops?.get(place as CropPlace))]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});

describe('the centre crop at a scale of its own size is what decodeImage makes, byte for byte', () => {
  const { cases } = JSON.parse(readFileSync(join(fixtures, 'crops.json'), 'utf8')) as { cases: { source: string }[] };
  const files: [string, () => Promise<string | Buffer>][] = cases.map(({ source }) => [
    source,
    () => Promise.resolve(join(fixtures, source)),
  ]);
  const drawn: [string, () => Promise<Buffer>][] = [
    ['a JPEG shrunk by 8 to an odd rest', () => noise(1001, 643).jpeg().toBuffer()],
    ['a JPEG on its side', () => noise(517, 301).withMetadata({ orientation: 6 }).jpeg().toBuffer()],
    ['a small JPEG upside down', () => noise(41, 31).withMetadata({ orientation: 3 }).jpeg().toBuffer()],
    ['a WebP', () => noise(403, 401).webp().toBuffer()],
    ['a PNG with transparency', () => noise(97, 350).ensureAlpha(0.4).png().toBuffer()],
    ['a square', () => noise(300, 300).png().toBuffer()],
  ];
  test.each([...files, ...drawn])('%s', async (_, make) => {
    const source = await make();
    const plain = await decodeImage(source, 48);
    const alone = await cropsOf(source, 48, { scalePx: 48, places: ['centre'] });
    const among = await cropsOf(source, 48, { scalePx: 96, places: CROP_PLACES }, { scalePx: 48, places: CROP_PLACES });
    expect(plain.ok).toBe(true);
    expect({ ok: true, pixels: alone[0]?.get('centre') }).toEqual(plain);
    expect({ ok: true, pixels: among[1]?.get('centre') }).toEqual(plain);
  });
});

test('a panorama that is decoded in bands has the crops of one that is decoded whole', async () => {
  const [scalePx, sizePx] = [300, 100];
  const long = await noise(14_000, 310).png().toBuffer();
  const [crops] = await cropsOf(long, sizePx, { scalePx, places: CROP_PLACES });
  const whole = await sharp(long)
    .resize({ height: scalePx, kernel: 'linear' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const expected = (left: number, top: number): Uint8Array => {
    const rows = Array.from({ length: sizePx }, (_, row) => {
      const from = ((top + row) * whole.info.width + left) * 3;
      return [...whole.data.subarray(from, from + sizePx * 3)];
    });
    return Uint8Array.from(rows.flat());
  };
  const right = whole.info.width - sizePx;
  expect(whole.info.width * scalePx).toBeGreaterThan(4_000_000);
  expect(crops?.get('top-left')).toEqual(expected(0, 0));
  expect(crops?.get('bottom-right')).toEqual(expected(right, 200));
  expect(crops?.get('centre')).toEqual(expected(Math.ceil(right / 2), 100));
});

test('crops of an enlarged panorama do not depend on whether they are decoded together', async () => {
  const long = await noise(30_000, 150).png().toBuffer();
  const order = { scalePx: 200, places: CROP_PLACES };
  const [apart] = await cropsOf(long, 100, order);
  const corner = await sharp(long).extract({ left: 0, top: 0, width: 1000, height: 150 }).png().toBuffer();
  const [together] = await cropsOf(corner, 100, order);
  expect([...(apart?.keys() ?? [])]).toEqual([...CROP_PLACES]);
  expect(apart?.get('bottom-left')).toEqual(together?.get('bottom-left'));
});

test('a JPEG gives nearly the pixels of the same picture in full size, at each scale', async () => {
  const jpeg = join(fixtures, 'views-400x320.jpg');
  const full = await sharp(jpeg).png().toBuffer();
  for (const scalePx of [60, 96, 200]) {
    const order = { scalePx, places: CROP_PLACES };
    const [[shrunk], [exact]] = await Promise.all([cropsOf(jpeg, 48, order), cropsOf(full, 48, order)]);
    for (const place of CROP_PLACES)
      expect(meanDifference(shrunk?.get(place) ?? [], exact?.get(place) ?? [])).toBeLessThan(2);
  }
});

test('what is no picture is refused with its reason, and nothing is thrown', async () => {
  expect(await decodeCrops(Buffer.from('not a picture'), 48, [{ scalePx: 48, places: ['centre'] }])).toEqual({
    ok: false,
    reason: expect.stringMatching(/picture/) as string,
  });
});
