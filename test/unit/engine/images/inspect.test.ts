import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { inspectImage } from '../../../../src-main/engine/images/inspect.ts';
import { quarters } from '../../../helpers/image-folders.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

test.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)('%s: format and size', async (format) => {
  const file = await quarters(50, 30).toFormat(format).toBuffer();
  expect(await inspectImage(file)).toEqual({ ok: true, format, width: 50, height: 30, orientation: 1 });
});

test('heic: format and size', async () => {
  const file = await readFile(join(repositoryRoot, 'test/fixtures/images/quad.heic'));
  expect(await inspectImage(file)).toEqual({ ok: true, format: 'heic', width: 96, height: 64, orientation: 1 });
});

test('the size is that of the upright picture, and the orientation is told', async () => {
  for (const [orientation, width, height] of [
    [3, 50, 30],
    [6, 30, 50],
    [8, 30, 50],
  ] as const) {
    const file = await quarters(50, 30).withMetadata({ orientation }).jpeg().toBuffer();
    expect(await inspectImage(file)).toMatchObject({ ok: true, format: 'jpeg', width, height, orientation });
  }
});

test('an animation has the size of one frame', async () => {
  const frame = await quarters(40, 30).png().toBuffer();
  const file = await sharp([frame, frame, frame], { join: { animated: true } })
    .gif()
    .toBuffer();
  expect(await inspectImage(file)).toEqual({ ok: true, format: 'gif', width: 40, height: 30, orientation: 1 });
});

test('a picture beyond the limits is named with its size', async () => {
  const blank = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#fff' }, limitInputPixels: false })
      .png()
      .toBuffer();
  expect(await inspectImage(await blank(20_000, 5_001))).toEqual({
    ok: false,
    reason: 'too large: 20000×5001 pixels; the limit is 100 megapixels',
  });
  expect(await inspectImage(await blank(100_001, 2))).toEqual({
    ok: false,
    reason: 'too large: 100001×2 pixels; the limit is 100,000 pixels a side',
  });
});
