/** Ten crops of pictures at the limits. In a process of its own: memory that other tests have freed would hide what these take. */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { CROP_PLACES } from '../../src-main/contract/test-time-augmentation.ts';
import { decodeCrops } from '../../src-main/engine/images/decode-crops.ts';

const CROP_BYTES = 224 * 224 * 3;

function blank(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#3070b0' }, limitInputPixels: false });
}

describe('what lies between the crops of a giant picture is never held', () => {
  test.each([
    ['223×100000 png, enlarged', [224, 4096], () => blank(223, 100_000).png({ compressionLevel: 1 })],
    ['4000×24000 png, a little smaller', [3999], () => blank(4000, 24_000).png({ compressionLevel: 1 })],
    ['65500×1 jpeg, enlarged', [224, 640], () => blank(65_500, 1).jpeg()],
    ['12000×8000 jpeg', [224, 256, 384, 480, 640], () => blank(12_000, 8000).jpeg()],
  ] as const)('%s', async (_, scales, make) => {
    const file = await make().toBuffer();
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 2);
    const orders = scales.map((scalePx) => ({ scalePx, places: CROP_PLACES }));
    const decoded = await decodeCrops(file, 224, orders);
    clearInterval(watch);
    most = Math.max(most, process.memoryUsage().rss);
    const sizes = decoded.ok ? decoded.crops.map((crops) => [...crops.values()].map(({ length }) => length)) : decoded;
    expect(sizes).toEqual(scales.map(() => CROP_PLACES.map(() => CROP_BYTES)));
    expect((most - before) / 2 ** 20).toBeLessThan(60); // the first two would be 64 and 288 MB, were they held
  });
});
