import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BackboneChoice } from '../../src-main/contract/backbones.ts';
import { trainReport } from '../../src-main/contract/results.ts';
import { fovea, temporaryFolder } from '../helpers/cli.ts';
import { repositoryRoot } from '../helpers/shared.ts';

const model = (name: string) => join(repositoryRoot, 'test', 'fixtures', 'graph-models', name, 'fused');

describe('fovea backbones', () => {
  test('adds a folder, lists it, trains on it, and removes it', async () => {
    const home = { FOVEA_HOME: await temporaryFolder() };
    const added = await fovea(['backbones', 'add', model('mobilenet_v1'), '--id', 'thin', '--json'], home);
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({
      id: 'thin',
      isInstalled: true,
      isAdded: true,
      licence: 'unknown',
    });
    const listed = JSON.parse((await fovea(['backbones', '--json'], home)).stdout) as BackboneChoice[]; // as: its own words
    expect(listed.find(({ id }) => id === 'thin')).toMatchObject({ isInstalled: true });
    expect(listed.find(({ id }) => id === 'mobilenet_v2_1.0_224')).toMatchObject({
      isInstalled: false,
      isOnRequest: true,
    });
    const trained = await fovea(['demo', '--images', '8', '--epochs', '2', '--backbone', 'thin', '--formats', 'onnx', '--json'], home); // prettier-ignore
    expect(trained.code, trained.stderr).toBe(0);
    const { backbone, exports, counts } = trainReport.parse(JSON.parse(trained.stdout));
    expect({ backbone, exports }).toMatchObject({ backbone: 'thin', exports: [{ agreement: { same: counts.val, of: counts.val } }] }); // prettier-ignore
    expect((await fovea(['backbones', 'remove', 'thin'], home)).code).toBe(0);
    expect((await fovea(['backbones', 'remove', 'thin'], home)).stderr).toMatch(/added no backbone "thin"/);
  });

  test('refuses what is no model, in words and with the code of bad input', async () => {
    const refused = await fovea(['backbones', 'add', join(repositoryRoot, 'package.json')]);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/no list of weight files/)]);
    const range = await fovea(['backbones', 'add', model('mobilenet_v1'), '--input-range', '1,0']);
    expect([range.code, range.stderr]).toEqual([3, expect.stringMatching(/--input-range cannot be used: the first/)]);
  });
});

describe('train --from', () => {
  const SMALL = [
    '--images',
    '8',
    '--epochs',
    '1',
    '--formats',
    'none',
    '--scratch-width',
    '8',
    '--scratch-blocks',
    '1',
  ];
  let first: string;
  beforeAll(async () => {
    first = join(await temporaryFolder(), 'first');
    const ended = await fovea(['demo', '--mode', 'scratch', ...SMALL, '--out', first]);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('trains the network of a trained model further, upper layers too, on other classes', async () => {
    const second = join(await temporaryFolder(), 'second');
    const pictures = join(first, 'pictures');
    const classes = Object.keys((await reportOf(first)).counts.byClass);
    await rm(join(pictures, classes[0] ?? ''), { recursive: true });
    const settings = ['--from', first, '--mode', 'upper', '--epochs', '2', '--tune-epochs', '1'];
    const ended = await fovea(['train', pictures, ...settings, '--formats', 'onnx', '--out', second, '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    const report = trainReport.parse(JSON.parse(ended.stdout));
    expect(report).toMatchObject({ backbone: 'scratch', mode: 'upper', classes: classes.slice(1) });
    expect(report.exports).toMatchObject([{ agreement: { same: report.counts.val, of: report.counts.val } }]);
    const evaluated = await fovea(['evaluate', second, pictures, '--json']);
    expect(evaluated.code, evaluated.stderr).toBe(0);
  });

  test.each([
    ['a folder without a model', ['--from', repositoryRoot], /no Fovea model/],
    [
      'a mode that begins with nothing',
      ['--from', 'FIRST', '--mode', 'scratch'],
      /cannot be used together with mode scratch/,
    ],
    ['a backbone besides', ['--from', 'FIRST', '--backbone', 'other'], /cannot be used together with backbone other/],
    [
      'a target that would replace the model',
      ['--from', 'FIRST', '--out', 'FIRST', '--overwrite'],
      /would be replaced/,
    ],
  ])('refuses %s', async (_, settings, message) => {
    const args = settings.map((text) => (text === 'FIRST' ? first : text));
    const ended = await fovea([
      'train',
      join(first, 'pictures'),
      '--out',
      join(await temporaryFolder(), 'out'),
      ...args,
    ]);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringMatching(message)]);
  });
});

async function reportOf(folder: string) {
  return trainReport.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
}
