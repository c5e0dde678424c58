import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { unzipSync } from 'fflate';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { DEFAULT_HEAD_SETTINGS, DEFAULT_SCRATCH_SETTINGS } from '../../../../src-main/contract/training.ts';
import type { ExportReport } from '../../../../src-main/contract/results.ts';
import { classifyPictures } from '../../../../src-main/engine/evaluate/classify.ts';
import { argMax } from '../../../../src-main/engine/evaluate/metrics.ts';
import { pairedDifference } from '../../../../src-main/engine/evaluate/paired-difference.ts';
import { exportClassifier } from '../../../../src-main/engine/export/export.ts';
import type { Target } from '../../../../src-main/engine/export/target.ts';
import * as targets from '../../../../src-main/engine/export/targets.ts';
import { targetOf } from '../../../../src-main/engine/export/targets.ts';
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
  const { exports: reports } = await exportClassifier(classifier, {
    order: order(folder),
    onReport: (report) => seen.push(report),
  });
  expect(reports).toEqual([
    {
      format: 'tfjs',
      path: join(folder, 'tfjs'),
      bytes: await sizeOf(join(folder, 'tfjs')),
      agreement: { same: PICTURE_COUNT, of: PICTURE_COUNT },
      maxAbsDifference: expect.any(Number) as number,
      uncheckedCount: 0,
      writeSeconds: expect.any(Number) as number,
    },
    {
      format: 'onnx',
      path: join(folder, 'onnx'),
      bytes: await sizeOf(join(folder, 'onnx')),
      agreement: { same: PICTURE_COUNT, of: PICTURE_COUNT },
      maxAbsDifference: expect.any(Number) as number,
      uncheckedCount: 0,
      writeSeconds: expect.any(Number) as number,
    },
  ]);
  for (const { maxAbsDifference } of reports) expect(maxAbsDifference).toBeLessThan(1e-5);
  expect(seen).toEqual(reports);
  expect((await readdir(folder)).sort()).toEqual(['onnx', 'tfjs']);
  expect((await readdir(join(folder, 'tfjs'))).sort()).toEqual([
    'LICENCE.txt',
    'MODEL_CARD.md',
    'README.md',
    'browser-page.js',
    'browser-picture.js',
    'example.html',
    'example.mjs',
    'export.json',
    'group1-shard1of1.bin',
    'labels.txt',
    'model.json',
    'picture.mjs',
    'preprocessing.json',
  ]);
  expect((await readdir(join(folder, 'onnx'))).sort()).toEqual([
    'Dockerfile',
    'LICENCE.txt',
    'MODEL_CARD.md',
    'README.md',
    'example.py',
    'export.json',
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
  const { exports: reports } = await exportClassifier(classifier, { order: order(folder) });
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

test('a file that answers otherwise than the app is reported and marked, and no error', async () => {
  const { folder, classifier } = await makeBench();
  const other = { ...classifier, network: everyNodeNetwork({ size: 33, seed: 2 }) };
  const {
    exports: [tfjs, onnx],
  } = await exportClassifier(other, { order: order(folder) });
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
  const { exports: reports } = await exportClassifier({ ...classifier, validation }, { order: order(folder) });
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
  const { exports: reports } = await exportClassifier({ ...classifier, validation }, { order: order(folder) });
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
  const { exports: reports } = await exportClassifier(classifier, { order: order(folder) });
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

test('of all formats, those that cannot hold the network are named with the reason, and the others are written', async () => {
  const { folder, classifier } = await makeBench();
  const refusing = vi.spyOn(await targetOf('tfjs-graph'), 'write').mockImplementation(() => {
    throw new EngineError('export/unsupported', 'It has no such layer. Export to ONNX.');
  });
  onTestFinished(() => refusing.mockRestore());
  const formats = ['onnx', 'tfjs-graph', 'tfjs'] as const;
  const turns: unknown[] = [];
  const { exports, refused } = await exportClassifier(classifier, {
    order: { folder, formats, overwrite: false, skipUnsupported: true },
    onWriting: (...turn) => turns.push(turn),
  });
  expect(exports.map(({ format, agreement }) => [format, agreement?.same])).toEqual([
    ['onnx', PICTURE_COUNT],
    ['tfjs', PICTURE_COUNT],
  ]);
  expect(refused).toEqual([
    { format: 'tfjs-graph', code: 'export/unsupported', message: 'It has no such layer. Export to ONNX.' },
  ]);
  expect(turns).toEqual([
    ['onnx', 1, 3],
    ['tfjs-graph', 2, 3],
    ['tfjs', 3, 3],
  ]);
  expect((await readdir(folder)).sort()).toEqual(['onnx', 'tfjs']);
  const broken = vi.spyOn(await targetOf('tfjs-graph'), 'write').mockImplementation(() => {
    throw new Error('a bug');
  });
  onTestFinished(() => broken.mockRestore());
  const again = { folder: join(folder, 'again'), formats, overwrite: false, skipUnsupported: true };
  await expect(exportClassifier(classifier, { order: again })).rejects.toThrow('a bug');
});

test('the manifest lists every other file with its size and hash, and how it was checked', async () => {
  const { folder, classifier } = await makeBench();
  await exportClassifier(classifier, { order: order(folder) });
  for (const format of FORMATS) {
    const manifest = JSON.parse(await readFile(join(folder, format, 'export.json'), 'utf8')) as {
      files: { name: string; bytes: number; sha256: string }[];
    };
    expect(manifest).toMatchObject({
      format,
      ...(format === 'onnx' ? { opset: 17, irVersion: 8 } : {}),
      madeWith: { name: 'Fovea', version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
      model: { classCount: 3, imageSize: 33 },
      accuracy: null,
      check: { agreement: { same: PICTURE_COUNT, of: PICTURE_COUNT } },
    });
    const names = (await readdir(join(folder, format))).filter((name) => name !== 'export.json').sort();
    expect(manifest.files.map(({ name }) => name)).toEqual(names);
    for (const { name, bytes, sha256 } of manifest.files) {
      const file = join(folder, format, name);
      expect([bytes, sha256]).toEqual([(await stat(file)).size, await hashOf(file)]);
    }
  }
});

test('what a file costs in accuracy is told with its interval, and why it is not to be trusted', async () => {
  const { folder, classifier } = await makeBench();
  // The app says that it knows each picture; of the file's answers only those count that are the app's.
  const sure = classifier.validation.map((picture) => ({ ...picture, truth: argMax(picture.probabilities) }));
  const other = everyNodeNetwork({ size: 33, seed: 2 });
  const { exports } = await exportClassifier(
    { ...classifier, network: other, validation: sure },
    { order: order(folder) },
  );
  for (const { agreement, accuracyDrop, doubt } of exports) {
    const lost = agreement!.of - agreement!.same;
    const { difference, low, high } = pairedDifference(lost, 0, PICTURE_COUNT);
    expect(accuracyDrop).toEqual({ drop: difference, interval: { low, high } });
    expect(doubt).toEqual({ reason: 'fault' });
  }
  const text = await readFile(join(folder, 'onnx', 'README.md'), 'utf8');
  expect(text).toMatch(/names \d+\.\d percentage points fewer of them rightly than the app \(95 % range of the drop: /);
  expect(text).toContain('A file of this format should agree on every picture');

  const unsure = await exportClassifier({ ...classifier, network: other }, { order: order(join(folder, 'old')) });
  expect(unsure.exports[0]!.accuracyDrop).toBeNull();
  expect(await readFile(join(folder, 'old', 'onnx', 'README.md'), 'utf8')).toContain(
    'the model does not say what its validation pictures show',
  );
  const exact = await exportClassifier({ ...classifier, validation: sure }, { order: order(join(folder, 'exact')) });
  for (const report of exact.exports) {
    expect(report).not.toHaveProperty('accuracyDrop');
    expect(report).not.toHaveProperty('doubt');
  }
});

test('a format that rounds says so where it answers otherwise too often, with the layer that changes most', async () => {
  const { folder, classifier } = await makeBench();
  const onnx = await targetOf('onnx');
  const rounding: Target = { ...onnx, isLossy: true, mostDifferentLayer: () => Promise.resolve('conv_7') };
  const replaced = vi.spyOn(targets, 'targetOf').mockResolvedValue(rounding);
  onTestFinished(() => replaced.mockRestore());
  const other = { ...classifier, network: everyNodeNetwork({ size: 33, seed: 2 }) };
  const { exports } = await exportClassifier(other, { order: { ...order(folder), formats: ['onnx'] } });
  expect(exports[0]!.doubt).toEqual({ reason: 'rounding', layer: 'conv_7' });
  expect(await readFile(join(folder, 'onnx', 'README.md'), 'utf8')).toMatch(/rounded.*Layer "conv_7".*tflite-f16/);
});

test('a format that nothing here opens is written and marked as not run, nowhere as checked', async () => {
  const { folder, classifier } = await makeBench();
  const { exports } = await exportClassifier(classifier, { order: { ...order(folder), formats: ['keras'] } });
  const notRun = 'Keras needs Python, which the app does not bring.';
  expect(exports[0]).toMatchObject({
    agreement: null,
    maxAbsDifference: null,
    uncheckedCount: PICTURE_COUNT,
    notRun,
  });
  for (const name of ['README.md', 'MODEL_CARD.md']) {
    const text = await readFile(join(folder, 'keras', name), 'utf8');
    expect(text).toContain(`**Not run here**: ${notRun}`);
    expect(text).not.toContain('Checked: ');
  }
});

test('sample pictures go along only when they are asked for: one a class, named rightly, as JPEG without metadata', async () => {
  const { folder, files, classifier } = await makeBench();
  const validation = classifier.validation.map((picture, index) => ({ ...picture, truth: index === 0 ? 2 : 0 }));
  await sharp({ create: { width: 1500, height: 900, channels: 3, background: '#804020' } })
    .withExif({ IFD0: { Copyright: 'somebody' }, IFD3: { GPSLatitude: '52/1 0/1 0/1' } })
    .jpeg()
    .toFile(join(folder, '..', 'first.jpg'));
  const first = { file: join(folder, '..', 'first.jpg'), probabilities: [1, 0, 0], truth: 0 };
  const gone = { file: join(folder, 'gone.jpg'), sha256: '00', probabilities: [1, 0, 0], truth: 0 };
  const wrong = { file: files[1]!, probabilities: [1, 0, 0], truth: 1 };
  const known = { ...classifier, validation: [gone, wrong, first, ...validation] };
  await exportClassifier(known, { order: { ...order(folder), formats: ['onnx'] } });
  expect(await readdir(join(folder, 'onnx'))).not.toContain('samples');
  await exportClassifier(known, { order: { ...order(folder, true), formats: ['onnx'], samplePictures: true } });
  const samples = await readdir(join(folder, 'onnx', 'samples'));
  expect(samples).toContain('0.jpg');
  expect(samples).not.toContain('1.jpg');
  const { width, height, format, exif } = await sharp(join(folder, 'onnx', 'samples', '0.jpg')).metadata();
  expect({ width, height, format, exif }).toEqual({ width: 512, height: 307, format: 'jpeg', exif: undefined });
  expect(await readFile(join(folder, 'onnx', 'MODEL_CARD.md'), 'utf8')).toContain('- `samples/0.jpg`: `ant`');
});

test('a zip a format holds what its folder would, and is refused where one lies already', async () => {
  const { folder, classifier } = await makeBench();
  const zipped = { ...order(join(folder, 'zips')), zip: true };
  const { exports } = await exportClassifier(classifier, { order: zipped });
  await exportClassifier(classifier, { order: order(folder) });
  for (const { format, path, bytes, agreement } of exports) {
    expect([path, bytes]).toEqual([join(folder, 'zips', `${format}.zip`), (await stat(path)).size]);
    expect(agreement).toEqual({ same: PICTURE_COUNT, of: PICTURE_COUNT });
    const unpacked = unzipSync(new Uint8Array(await readFile(path)));
    expect(Object.keys(unpacked).sort()).toEqual((await readdir(join(folder, format))).sort());
    for (const [name, content] of Object.entries(unpacked))
      expect(Buffer.from(content)).toEqual(await readFile(join(folder, format, name)));
  }
  await expect(exportClassifier(classifier, { order: zipped })).rejects.toMatchObject({ code: 'export/target-exists' });
  expect((await readdir(join(folder, 'zips'))).sort()).toEqual(['onnx.zip', 'tfjs.zip']);
});

test('a format that is asked for twice is written once', async () => {
  const { folder, classifier } = await makeBench();
  const { exports: reports } = await exportClassifier(classifier, {
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
