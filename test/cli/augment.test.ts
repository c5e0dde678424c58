import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fovea, installedBackbones, temporaryFolder } from '../helpers/cli.ts';
import { makeImageFolder } from '../helpers/image-folders.ts';

const hasBackbone = (await installedBackbones()).length > 0;
if (!hasBackbone) process.stderr.write('Skipping previews: no backbone is installed.\n');

test.skipIf(!hasBackbone)(
  'augment writes the epochs of some training pictures and says how each was made',
  async () => {
    const [pictures, out] = [await makeImageFolder({ ant: 4, bee: 4 }), join(await temporaryFolder(), 'variants')];
    const args = ['augment', pictures, '--out', out, '--count', '2', '--pictures', '3', '--augment-preset', 'strong'];
    const ended = await fovea(args);
    expect(ended.code, ended.stderr).toBe(0);
    const files = (await readdir(out)).toSorted();
    expect(files.map((name) => name.replace(/-\d+-epoch/, '-x-epoch'))).toEqual(
      ['01', '02', '03'].flatMap((number) => [1, 2].map((epoch) => `${number}-x-epoch-${epoch}.png`)),
    );
    const bytes = await Promise.all(files.map((name) => readFile(join(out, name))));
    expect(new Set(bytes.map((png) => png.toString('base64'))).size).toBe(6);
    const { width, height, format } = await sharp(bytes[0]).metadata();
    expect([width, height, format]).toEqual([224, 224, 'png']);
    const lines = ended.stdout.trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.every((line) => /\.png {2}\S/.test(line))).toBe(true);

    const again = await fovea(args);
    expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('--overwrite')]);
    const replaced = await fovea([...args, '--overwrite', '--json']);
    expect((JSON.parse(replaced.stdout) as unknown[]).length).toBe(6);
    expect(await Promise.all(files.map((name) => readFile(join(out, name))))).toEqual(bytes);
  },
);

test.skipIf(!hasBackbone).each([
  [['--count', '25'], /--count 25 cannot be used: it takes a whole number from 1 to 24/],
  [['--blur-sigma', '20'], /--blur-sigma 20 cannot be used: it takes a number from 0 to 10/],
  [['--cutmix-probability', '1'], /cutmix\.probability 1 cannot be used, only 0: an embedding has no part/],
])('augment %j is refused with the setting, its value and what is allowed', async (flags, message) => {
  const pictures = await makeImageFolder({ ant: 3, bee: 3 });
  const ended = await fovea(['augment', pictures, '--out', join(await temporaryFolder(), 'x'), ...flags]);
  expect([ended.code, ended.stdout]).toEqual([3, '']);
  expect(ended.stderr).toMatch(message);
});

test.skipIf(!hasBackbone)('augment shows CutMix where more than the head learns, and names the partner', async () => {
  const pictures = await makeImageFolder({ ant: 5, bee: 5 });
  const flags = ['--mode', 'full', '--cutmix-probability', '1', '--augmentation', 'off', '--json'];
  const ended = await fovea(['augment', pictures, '--out', join(await temporaryFolder(), 'x'), ...flags]);
  const seen = JSON.parse(ended.stdout) as { mix: { kind: string; path: string } | null }[];
  const mixed = seen.flatMap(({ mix }) => (mix === null ? [] : [mix]));
  expect(mixed.length).toBeGreaterThan(seen.length / 2);
  expect(mixed.every(({ kind, path }) => kind === 'cutmix' && /^(ant|bee)\/\d\.jpg$/.test(path))).toBe(true);
});
