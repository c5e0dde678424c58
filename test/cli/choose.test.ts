import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { proposal, transferReport } from '../../src-main/contract/choosing.ts';
import { fovea, installedBackbones, temporaryFolder } from '../helpers/cli.ts';
import { shared } from '../helpers/shared.ts';

const hasBackbone = (await installedBackbones()).length > 0;
if (!hasBackbone) process.stderr.write('Skipping what chooses and transfers: no backbone is installed.\n');

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ['red', 'blue']) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 12; index++) {
      const [r, b] = name === 'red' ? [160 + 5 * index, 20] : [20, 160 + 5 * index];
      const picture = sharp({ create: { width: 48, height: 48, channels: 3, background: { r, g: 60, b } } });
      await writeFile(join(folder, name, `${index}.jpg`), await picture.jpeg().toBuffer());
    }
  }
});

describe.skipIf(!hasBackbone)('choose', () => {
  test('says which backbone and mode, why, and the command that trains so', async () => {
    const { code, stdout, stderr } = await fovea(['choose', folder]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^Backbone (\S+): .*\nMode head.*: Freeze the backbone .*\n {2}or upper.*\n {2}or full/m);
    expect(stdout).toMatch(/\nfovea train \S+ --backbone \S+ --mode head --augmentation off\n$/);
    expect(stderr).toMatch(/passes through the frozen part are (still to do|stored)/); // what it costs comes first
    expect(stderr).toMatch(/^Features 24\/24$.*^Train (\d+)\/\1$/ms); // progress
  });

  test('prints one object with everything, and keeps its hands off the test pictures', async () => {
    const flags = ['--test-fraction', '0.25', '--time', '5', '--json'];
    const { evidence } = proposal.parse(JSON.parse((await fovea(['choose', folder, ...flags])).stdout));
    expect(evidence).toMatchObject({ trainingCount: 14, checkedCount: 6, race: { imageCount: 18 } });
  });

  test.skipIf(shared('data/hymenoptera') === null)('finds that real photographs fit the features', async () => {
    const ended = await fovea(['choose', shared('data/hymenoptera') ?? '', '--json']);
    const { evidence, backbone } = proposal.parse(JSON.parse(ended.stdout));
    const standing = evidence.race.standings.find(({ id }) => id === backbone);
    expect(evidence.race.imageCount).toBe(397);
    expect(standing?.interval.low).toBeGreaterThan(evidence.chance);
  });
});

describe.skipIf(!hasBackbone)('transfer', () => {
  test('trains both ways on the same pictures and says what transfer brought', async () => {
    const ended = await fovea(['transfer', folder, '--seeds', '2', '--epochs', '1', '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    const report = transferReport.parse(JSON.parse(ended.stdout));
    expect(report).toMatchObject({ split: 'validation', trainingCount: 20, transfer: { accuracy: 1 } });
    expect(report.seeds.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(ended.stderr).toMatch(/Epoch 1\/1: /); // the network from scratch
  });
});

test.each([
  [['choose', '--time', '0'], '--time 0 cannot be used: it takes a number above 0.'],
  [['choose', '--val-fraction', '0.9'], '--val-fraction 0.9 cannot be used: it takes a number from 0.02 to 0.8.'],
  [['transfer', '--seeds', '1.5'], '--seeds 1.5 cannot be used: it takes a whole number from 1 to 20.'],
  [['transfer', '--seeds', '21'], '--seeds 21 cannot be used: it takes a whole number from 1 to 20.'],
  [['transfer', '--epochs', '0'], '--epochs 0 cannot be used: it takes a whole number from 1 to 1000.'],
])('%j is refused with the flag, the value and the range', async ([command = '', ...flags], message) => {
  const { code, stdout, stderr } = await fovea([command, folder, ...flags]);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain(message);
});
