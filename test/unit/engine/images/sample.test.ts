import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { drawSample } from '../../../../src-main/engine/images/sample.ts';
import { makeImageFolder } from '../../../helpers/image-folders.ts';

async function hashes(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jpg')).sort();
  const entries = names.map(async (name) => {
    const content = await readFile(join(folder, name));
    return [name.replaceAll('\\', '/'), createHash('sha256').update(content).digest('hex')];
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

test('the sample has three classes of different pictures, byte for byte the same for the same seed', async () => {
  const [first, again, other] = [await makeImageFolder({}), await makeImageFolder({}), await makeImageFolder({})];
  expect(await drawSample(first, { imagesPerClass: 4, seed: 7 })).toBe(12);
  await drawSample(again, { imagesPerClass: 4, seed: 7 });
  await drawSample(other, { imagesPerClass: 4, seed: 8 });
  const found = await hashes(first);
  expect(Object.keys(found)).toEqual(
    ['crosses/cross', 'rings/ring', 'triangles/triangle'].flatMap((name) =>
      [1, 2, 3, 4].map((n) => `${name}-00${n}.jpg`),
    ),
  );
  expect(new Set(Object.values(found)).size).toBe(12);
  expect(await hashes(again)).toEqual(found);
  const shared = Object.values(await hashes(other)).filter((hash) => Object.values(found).includes(hash));
  expect(shared).toEqual([]);
});

test('colour does not tell the classes: their mean colours lie within what chance gives', async () => {
  const folder = await makeImageFolder({});
  const imagesPerClass = 24;
  await drawSample(folder, { imagesPerClass, seed: 0 });
  const classes = await Promise.all(
    ['rings', 'triangles', 'crosses'].map(async (name) => {
      const files = await readdir(join(folder, name));
      return Promise.all(
        files.map(async (file) => (await sharp(join(folder, name, file)).stats()).channels.map(({ mean }) => mean)),
      );
    }),
  );
  for (const channel of [0, 1, 2]) {
    const values = classes.map((pictures) => pictures.map((means) => means[channel]!));
    const means = values.map((list) => list.reduce((sum, value) => sum + value, 0) / list.length);
    const all = values.flat();
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const deviation = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
    // Three standard errors.
    for (const value of means) expect(Math.abs(value - mean)).toBeLessThan((3 * deviation) / Math.sqrt(imagesPerClass));
  }
});
