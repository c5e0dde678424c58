import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_HEAD_SETTINGS, DEFAULT_SCRATCH_SETTINGS } from '../../../../src-main/contract/training.ts';
import type { ExportReport } from '../../../../src-main/contract/results.ts';
import { classifyPictures } from '../../../../src-main/engine/evaluate/classify.ts';
import { exportClassifier } from '../../../../src-main/engine/export/export.ts';
import type { CheckPicture, Classifier } from '../../../../src-main/engine/network/classifier.ts';
import { settle } from '../../../../src-main/engine/network/settle.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { everyNodeNetwork, smallClassifier } from '../../../helpers/classifiers.ts';
import { randomPixels } from '../../../helpers/random-network.ts';
import { networkOf } from '../../../helpers/random-settings.ts';

beforeAll(loadTestBackend);

const FORMATS = ['tfjs', 'onnx'] as const;
const PICTURE_COUNT = 40;

interface Bench {
  readonly folder: string;
  readonly files: readonly string[];
  readonly classifier: Classifier & { readonly validation: readonly CheckPicture[] };
}

/** A classifier with what it says of some pictures, and a folder to export into. */
async function makeBench(overrides: Partial<Classifier> = {}): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const files = await Promise.all(
    Array.from({ length: PICTURE_COUNT }, async (_, index) => {
      const file = join(root, `${index}.png`);
      const raw = { width: 40 + index, height: 70 - index, channels: 3 as const };
      await sharp(randomPixels(index, raw.width * raw.height * 3), { raw }).toFile(file);
      return file;
    }),
  );
  const classifier = smallClassifier(overrides);
  const { rows } = await classifyPictures(
    classifier,
    files.map((file) => ({ file })),
    {},
  );
  const validation = rows.map(({ fileIndex, probabilities }) => ({
    file: files[fileIndex]!,
    probabilities: [...probabilities],
  }));
  return { folder: join(root, 'exports'), files, classifier: { ...classifier, validation } };
}

function order(folder: string, overwrite = false) {
  return { folder, formats: FORMATS, overwrite };
}

test('each format gets its folder, and the reopened file agrees with the app on every picture', async () => {
  const { folder, classifier } = await makeBench();
  const seen: ExportReport[] = [];
  const reports = await exportClassifier(classifier, { order: order(folder), onReport: (report) => seen.push(report) });
  expect(reports).toEqual([
    {
      format: 'tfjs',
      path: join(folder, 'tfjs'),
      bytes: await sizeOf(join(folder, 'tfjs')),
      agreement: { same: PICTURE_COUNT, of: PICTURE_COUNT },
      maxAbsDifference: expect.any(Number) as number,
      uncheckedCount: 0,
    },
    {
      format: 'onnx',
      path: join(folder, 'onnx'),
      bytes: await sizeOf(join(folder, 'onnx')),
      agreement: { same: PICTURE_COUNT, of: PICTURE_COUNT },
      maxAbsDifference: expect.any(Number) as number,
      uncheckedCount: 0,
    },
  ]);
  for (const { maxAbsDifference } of reports) expect(maxAbsDifference).toBeLessThan(1e-5);
  expect(seen).toEqual(reports);
  expect((await readdir(folder)).sort()).toEqual(['onnx', 'tfjs']);
  expect((await readdir(join(folder, 'tfjs'))).sort()).toEqual([
    'README.md',
    'browser-picture.js',
    'example.html',
    'example.mjs',
    'group1-shard1of1.bin',
    'labels.txt',
    'model.json',
    'picture.mjs',
    'preprocessing.json',
  ]);
  expect((await readdir(join(folder, 'onnx'))).sort()).toEqual([
    'Dockerfile',
    'README.md',
    'example.py',
    'labels.txt',
    'model.onnx',
    'picture.py',
    'preprocessing.json',
    'serve.py',
  ]);
});

test('the same model exports the same bytes', async () => {
  const { folder, classifier } = await makeBench();
  await exportClassifier(classifier, { order: order(folder) });
  await exportClassifier(classifier, { order: order(join(folder, 'again')) });
  for (const format of FORMATS)
    expect(await hashes(join(folder, format))).toEqual(await hashes(join(folder, 'again', format)));
});

const withMeanImage = {
  scratch: { ...DEFAULT_SCRATCH_SETTINGS, imageSize: 33, width: 2, pooling: 'fractional' as const },
  head: DEFAULT_HEAD_SETTINGS,
  hasMeanImage: true,
  seed: 3,
};

test('a network with a mean image and fractional pooling goes into both formats', async () => {
  const { folder, classifier } = await makeBench({ network: settle(networkOf(withMeanImage)) });
  const reports = await exportClassifier(classifier, { order: order(folder) });
  const all = { same: PICTURE_COUNT, of: PICTURE_COUNT };
  expect(reports.map(({ agreement }) => agreement)).toEqual([all, all]);
});

test('a network that a format cannot hold is refused before anything is written', async () => {
  const { folder, classifier } = await makeBench();
  const unsettled = { ...classifier, network: networkOf(withMeanImage) };
  for (const formats of [['tfjs'], ['onnx', 'tfjs']] as const) {
    const refused = exportClassifier(unsettled, { order: { ...order(folder), formats } });
    await expect(refused).rejects.toThrow(/belongs to training: settle the network first/);
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  }
});

test('a format that nothing here opens is written, and said to be not run', async () => {
  const { folder, classifier } = await makeBench();
  const [report] = await exportClassifier(classifier, { order: { ...order(folder), formats: ['keras'] } });
  const notRun = 'Keras needs Python, which the app does not bring.';
  expect(report).toMatchObject({ agreement: null, maxAbsDifference: null, notRun });
  expect(await readFile(join(folder, 'keras', 'README.md'), 'utf8')).toContain(`**Not run here**: ${notRun}`);
});

test('a file that answers otherwise than the app is reported and marked, and no error', async () => {
  const { folder, classifier } = await makeBench();
  const other = { ...classifier, network: everyNodeNetwork({ size: 33, seed: 2 }) };
  const [tfjs, onnx] = await exportClassifier(other, { order: order(folder) });
  for (const { agreement, maxAbsDifference } of [tfjs!, onnx!]) {
    expect(agreement!.of).toBe(PICTURE_COUNT);
    expect(agreement!.same / agreement!.of).toBeLessThan(0.9);
    expect(maxAbsDifference).toBeGreaterThan(0.1);
  }
  expect(await readFile(join(folder, 'onnx', 'README.md'), 'utf8')).toMatch(/\*\*Do not rely on this file/);
});

test('the largest difference is that of the probabilities, also where the class is the same', async () => {
  const { folder, classifier } = await makeBench();
  const validation = classifier.validation.map(({ file, probabilities }, index) => {
    const best = probabilities.indexOf(Math.max(...probabilities));
    return { file, probabilities: probabilities.map((p, i) => (index === 7 && i === best ? p + 0.0625 : p)) };
  });
  const reports = await exportClassifier({ ...classifier, validation }, { order: order(folder) });
  for (const { agreement, maxAbsDifference } of reports) {
    expect(agreement).toEqual({ same: PICTURE_COUNT, of: PICTURE_COUNT });
    expect(maxAbsDifference).toBeCloseTo(0.0625, 4);
  }
});

test('pictures that are gone, broken or changed check nothing and are counted out', async () => {
  const { folder, files, classifier } = await makeBench();
  const sha256 = await Promise.all(files.map(hashOf));
  const validation = classifier.validation.map((picture, index) => ({ ...picture, sha256: sha256[index]! }));
  await rm(files[0]!);
  await writeFile(files[1]!, 'no picture');
  await writeFile(files[2]!, await readFile(files[3]!));
  const reports = await exportClassifier({ ...classifier, validation }, { order: order(folder) });
  for (const report of reports)
    expect(report).toMatchObject({
      agreement: { same: PICTURE_COUNT - 3, of: PICTURE_COUNT - 3 },
      uncheckedCount: 3,
    });
  expect(await readFile(join(folder, 'tfjs', 'README.md'), 'utf8')).toMatch(
    /on 37 of 37 validation pictures.* 3 more could not be read or had changed/,
  );
});

test.each([
  ['none is known', undefined],
  ['all are gone', [{ file: '/nowhere/1.jpg', probabilities: [1, 0, 0] }]],
])('without pictures to check with (%s) it is written, and said to be unchecked', async (_, validation) => {
  const { folder } = await makeBench();
  const classifier = smallClassifier(validation ? { validation } : {});
  const reports = await exportClassifier(classifier, { order: order(folder) });
  for (const report of reports)
    expect(report).toMatchObject({ agreement: null, maxAbsDifference: null, uncheckedCount: validation?.length ?? 0 });
  expect(await readFile(join(folder, 'onnx', 'README.md'), 'utf8')).toMatch(/not checked/);
});

test('one format that may not be replaced stops the export before anything is written', async () => {
  const { folder, classifier } = await makeBench();
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await writeFile(join(folder, 'onnx', 'mine.onnx'), 'mine');
  await expect(exportClassifier(classifier, { order: order(folder) })).rejects.toMatchObject({
    code: 'export/target-exists',
  });
  expect(await readdir(folder)).toEqual(['onnx']);
  expect(await readdir(join(folder, 'onnx'))).toEqual(['mine.onnx']);
});

test('with leave to overwrite, an export takes the place of an earlier one', async () => {
  const { folder, classifier } = await makeBench();
  await exportClassifier({ ...classifier, labels: ['x', 'y', 'z'] }, { order: order(folder) });
  await exportClassifier(classifier, { order: order(folder, true) });
  for (const format of FORMATS)
    expect(await readFile(join(folder, format, 'labels.txt'), 'utf8')).toBe('ant\nbee\nwasp\n');
});

test('stopping while pictures are compared throws its reason and leaves nothing', async () => {
  const { folder, classifier } = await makeBench();
  const controller = new AbortController();
  const exporting = exportClassifier(classifier, {
    order: order(folder),
    signal: controller.signal,
    onProgress: (done) => done === 3 && controller.abort(new Error('enough')),
  });
  await expect(exporting).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual([]);
});

test('a format that is asked for twice is written once', async () => {
  const { folder, classifier } = await makeBench();
  const reports = await exportClassifier(classifier, {
    order: { folder, formats: ['onnx', 'onnx'], overwrite: false },
  });
  expect(reports.map(({ format }) => format)).toEqual(['onnx']);
});

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function hashes(folder: string): Promise<string[][]> {
  return Promise.all((await readdir(folder)).sort().map(async (name) => [name, await hashOf(join(folder, name))]));
}
