import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { explainReport } from '../../src-main/contract/predictions.ts';
import { saveClassifier } from '../../src-main/engine/network/classifier.ts';
import { smallClassifier } from '../helpers/classifiers.ts';
import { fovea, temporaryFolder } from '../helpers/cli.ts';
import { repositoryRoot } from '../helpers/shared.ts';

const pictures = join(repositoryRoot, 'test', 'fixtures', 'images');

test('explain writes each picture with its heat map, and a JSON that says what it shows', async () => {
  const folder = await temporaryFolder();
  const model = join(folder, 'model');
  await saveClassifier(model, smallClassifier());
  const broken = join(folder, 'broken.jpg');
  await writeFile(broken, 'not a picture');
  const files = [join(pictures, 'crop-180x120.png'), join(pictures, 'crop-401x320.jpg'), broken];
  const out = join(folder, 'out');
  const ended = await fovea(['explain', model, ...files, '--out', out, '--class', 'bee', '--json']);
  expect(ended.code, ended.stderr).toBe(0);
  const report = explainReport.parse(JSON.parse(ended.stdout));
  expect(report).toEqual(JSON.parse(await readFile(join(out, 'heat-maps.json'), 'utf8')));
  expect(report).toMatchObject({
    method: 'cam',
    pictures: [
      { path: files[0], className: 'bee', file: '0001-crop-180x120.png', map: { height: 5, width: 5 } },
      { path: files[1], className: 'bee', file: '0002-crop-401x320.png' },
    ],
    skipped: [{ path: broken }],
  });
  const { format, width, height, channels } = await sharp(join(out, '0002-crop-401x320.png')).metadata();
  expect([format, width, height, channels]).toEqual(['png', 33, 33, 3]);

  const predicted = await fovea(['explain', model, files[0] ?? '', '--out', out]);
  const { predicted: name } = report.pictures[0] ?? {};
  expect(predicted.stdout.trim()).toBe(`${files[0]}  ${name}  ${join(out, '0001-crop-180x120.png')}`);
  const refused = await fovea(['explain', model, ...files, '--out', out, '--class', 'horse']);
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('Choose one of: ant, bee, wasp.')]);
});
