/** Pictures at and beyond the limits: they take bounded memory and time, or are refused by their header. */
import { expect, test, describe } from 'vitest';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../../src-main/engine/images/decode.ts';

/** Decodes and tells how long it took and by how much the process grew at most. */
async function measured(file: Buffer): Promise<{ answer: string; seconds: number; grownMb: number }> {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  const started = performance.now();
  const decoded = await decodeImage(file, 224);
  clearInterval(watch);
  const answer = decoded.ok ? `${decoded.pixels.length} bytes` : decoded.reason;
  return { answer, seconds: (performance.now() - started) / 1000, grownMb: (most - before) / 2 ** 20 };
}

function blank(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: '#3070b0' }, limitInputPixels: false });
}

const DECODED = `${224 * 224 * 3} bytes`;

describe('very long and thin pictures', () => {
  test.each([
    ['1×65500 jpeg', () => blank(1, 65_500).jpeg()],
    ['65500×1 jpeg', () => blank(65_500, 1).jpeg()],
    ['1×65536 png', () => blank(1, 65_536).png()],
    ['65536×1 png', () => blank(65_536, 1).png()],
    ['3×100000 png', () => blank(3, 100_000).png()],
    ['100000×3 png, turned', () => blank(100_000, 3).withMetadata({ orientation: 6 }).png()],
    ['230×65000 jpeg, turned', () => blank(230, 65_000).withMetadata({ orientation: 8 }).jpeg()],
    ['223×100000 png', () => blank(223, 100_000).png({ compressionLevel: 1 })],
    ['16000×20 webp', () => blank(16_000, 20).webp()],
    ['2×65000 gif', () => blank(2, 65_000).gif()],
  ])('%s', async (_, make) => {
    const { answer, seconds, grownMb } = await measured(await make().toBuffer());
    expect(answer).toBe(DECODED);
    expect(seconds).toBeLessThan(10);
    expect(grownMb).toBeLessThan(400);
  });
});

describe('a hundred megapixels', () => {
  test.each([
    ['progressive jpeg', () => blank(10_000, 10_000).jpeg({ progressive: true })],
    ['interlaced png', () => blank(10_000, 10_000).png({ compressionLevel: 1, progressive: true })],
    ['png, turned', () => blank(10_000, 10_000).withMetadata({ orientation: 6 }).png({ compressionLevel: 1 })],
  ])('%s', async (_, make) => {
    const { answer, seconds, grownMb } = await measured(await make().toBuffer());
    expect(answer).toBe(DECODED);
    expect(seconds).toBeLessThan(30);
    expect(grownMb).toBeLessThan(900);
  });
});

test('more than that is refused by its header, in no time and memory', async () => {
  const { answer, seconds, grownMb } = await measured(
    await blank(10_001, 10_000).png({ compressionLevel: 1 }).toBuffer(),
  );
  expect(answer).toBe('too large: 10001×10000 pixels; the limit is 100 megapixels');
  expect(seconds).toBeLessThan(2);
  expect(grownMb).toBeLessThan(100);
});
