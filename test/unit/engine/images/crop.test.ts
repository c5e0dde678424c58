import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const fixtures = join(repositoryRoot, 'test/fixtures/images');
interface Crops {
  readonly sizePx: number;
  readonly cases: readonly { source: string; expected: string; width: number; height: number }[];
}
const { sizePx, cases } = JSON.parse(readFileSync(join(fixtures, 'crops.json'), 'utf8')) as Crops;

async function differences(source: string, expected: string): Promise<{ mean: number; largest: number }> {
  const decoded = await decodeImage(join(fixtures, source), sizePx);
  if (!decoded.ok) throw new Error(decoded.reason);
  const reference = await sharp(join(fixtures, expected)).removeAlpha().raw().toBuffer();
  expect(decoded.pixels.length).toBe(reference.length);
  const values = Array.from(decoded.pixels, (value, index) => Math.abs(value - (reference[index] ?? 0)));
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, largest: Math.max(...values) };
}

describe('the crop of the decode recipe agrees with Pillow', () => {
  const exact = cases.filter(({ source }) => source.endsWith('.png'));
  test.each(exact)('on $width × $height pixels, to rounding', async ({ source, expected, width, height }) => {
    const { mean, largest } = await differences(source, expected);
    // Reductions by two and more run a box filter first (libvips' gap), which shows at hard edges alone.
    const isLargeReduction = Math.min(width, height) >= 2 * sizePx;
    expect(mean).toBeLessThan(0.5);
    expect(largest).toBeLessThanOrEqual(isLargeReduction ? 10 : 3);
  });

  test('on a JPEG that is shrunk while it is decoded, to two grey levels on average', async () => {
    const jpeg = cases.find(({ source }) => source.endsWith('.jpg'));
    const { mean, largest } = await differences(jpeg!.source, jpeg!.expected);
    expect(mean).toBeLessThan(2); // photographs: 0.4
    expect(largest).toBeLessThan(40);
  });
});

test('a picture of exactly the size asked for comes through unchanged', async () => {
  const pixels = Buffer.from(Array.from({ length: 32 * 32 * 3 }, (_, index) => (index * 37) % 256));
  const png = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toBuffer();
  expect(await decodeImage(png, 32)).toEqual({ ok: true, pixels: new Uint8Array(pixels) });
});

test('a single pixel fills the square', async () => {
  const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#4080c0' } })
    .png()
    .toBuffer();
  const decoded = await decodeImage(png, 16);
  expect(decoded).toEqual({
    ok: true,
    pixels: Uint8Array.from({ length: 16 * 16 * 3 }, (_, index) => [64, 128, 192][index % 3]!),
  });
});
