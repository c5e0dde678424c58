import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { isIdentityProfile } from '../../../../src-main/engine/images/colour-profile.ts';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { shared } from '../../../helpers/shared.ts';

async function profileOf(name: 'srgb' | 'p3' | 'cmyk'): Promise<Buffer> {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#8a4' } });
  const { icc } = await sharp(await picture.withIccProfile(name).jpeg().toBuffer()).metadata();
  if (icc === undefined) throw new Error(`sharp wrote no ${name} profile`);
  return icc;
}

test('sRGB itself changes nothing, wider colours and inks do', async () => {
  expect(await isIdentityProfile(await profileOf('srgb'))).toBe(true);
  expect(await isIdentityProfile(await profileOf('p3'))).toBe(false);
  expect(await isIdentityProfile(await profileOf('cmyk'))).toBe(false);
});

test('what is no profile is no identity', async () => {
  expect(await isIdentityProfile(Buffer.alloc(0))).toBe(false);
  expect(await isIdentityProfile(Buffer.alloc(3144))).toBe(false);
});

test('a damaged profile, which libvips passes over, changes nothing', async () => {
  const damaged = Buffer.from(await profileOf('p3'));
  damaged.fill(0x5a, 128, 400);
  expect(await isIdentityProfile(damaged)).toBe(true);
});

const flowers = shared('data/flowers');

test.skipIf(flowers === null)(
  'photographs decode to the very bytes that converting by their profile gives',
  async () => {
    const folder = join(flowers!, 'roses');
    let withProfile = 0;
    for (const name of await readdir(folder)) {
      const file = await readFile(join(folder, name));
      const { icc, width, height } = await sharp(file).metadata();
      if (icc === undefined || Math.min(width, height) < 96) continue;
      withProfile++;
      const converted = await sharp(file, { autoOrient: true, failOn: 'error' })
        .toColourspace('srgb')
        .flatten({ background: '#ffffff' })
        .resize(96, 96, { fit: 'cover', position: 'centre', kernel: 'linear' })
        .raw()
        .toBuffer();
      const decoded = await decodeImage(file, 96);
      expect([name, decoded.ok && converted.equals(decoded.pixels)]).toEqual([name, true]);
    }
    expect(withProfile).toBeGreaterThan(10);
  },
);
