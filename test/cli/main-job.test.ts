import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, EXPORT_FORMATS } from '../../src-main/contract/training.ts';
import { exportResult, trainReport, type RunCost, type TrainReport } from '../../src-main/contract/results.ts';
import { fovea, installedBackbones, temporaryFolder, type Ended } from '../helpers/cli.ts';

const backbones = await installedBackbones();
if (backbones.length === 0) process.stderr.write('Skipping the main job: no backbone is installed.\n');

describe.skipIf(backbones.length === 0)('the main job from the command line', () => {
  let out: string;
  let ended: Ended;
  let report: TrainReport;

  beforeAll(async () => {
    out = join(await temporaryFolder(), '결과 🐝');
    ended = await fovea(['demo', '--images', '24', '--out', out, '--epochs', '15', '--test-fraction', '0.1', '--json']);
    report = trainReport.parse(JSON.parse(ended.stdout));
  });

  test('ends well, with exactly one JSON object on stdout and no error on stderr', () => {
    expect(ended.code, ended.stderr).toBe(0);
    expect(report.classes).toHaveLength(3);
    expect(report.skipped).toEqual([]);
  });

  test('tells how the layers stood: a first loss near that of guessing among three classes', () => {
    const { loss = NaN, expected = NaN } = report.diagnostics?.initialLoss ?? {};
    expect(expected).toBeCloseTo(Math.log(3), 12);
    expect(Math.abs(loss / expected - 1)).toBeLessThan(0.25);
    expect(report.diagnostics).toMatchObject({ activations: [], worstDead: null, worstSaturated: null });
  });

  test('tells the shapes apart far better than guessing', () => {
    expect(report.accuracy.val).toBeGreaterThan(0.6);
    expect(report.accuracy.test).toBeDefined();
  });

  test('counts every picture once, and the confusion matrix counts the test split', () => {
    const { train, val, test: testCount = 0, byClass } = report.counts;
    expect(train + val + testCount).toBe(72);
    expect(Object.values(byClass)).toEqual([24, 24, 24]);
    expect(report.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(testCount);
  });

  test('the phases add up to about the total', () => {
    const { total, ...phases } = report.seconds;
    const sum = Object.values(phases).reduce((a, b) => a + b, 0);
    expect(sum).toBeLessThanOrEqual(total);
    expect(sum).toBeGreaterThan(total * 0.5);
  });

  test('every exported file agrees with the app on all validation pictures', () => {
    expect(report.exports.map(({ format }) => format).sort()).toEqual(['onnx', 'tfjs']);
    for (const { agreement, maxAbsDifference } of report.exports) {
      expect(agreement).toEqual({ same: report.counts.val, of: report.counts.val });
      expect(maxAbsDifference).toBeLessThan(1e-4);
    }
  });

  test('leaves model, exports and the same report in the folder', async () => {
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toEqual(report);
    expect(await readdir(out)).toEqual(expect.arrayContaining(['exports', 'model', 'pictures', 'report.json']));
  });

  test('equal seeds give equal results', async () => {
    const again = await fovea([
      'train',
      join(out, 'pictures'),
      '--out',
      join(await temporaryFolder(), 'again'),
      '--epochs',
      '15',
      '--test-fraction',
      '0.1',
      '--formats',
      'onnx',
      '--json',
    ]);
    const other = trainReport.parse(JSON.parse(again.stdout));
    expect([other.accuracy, other.confusion, other.epochs]).toEqual([report.accuracy, report.confusion, report.epochs]);
  });

  test('the everywhere tier does the same job, and says that it was asked for', async () => {
    const folder = join(await temporaryFolder(), 'everywhere');
    const flags = ['--epochs', '15', '--test-fraction', '0.1', '--formats', 'onnx', '--json'];
    const ended = await fovea(['train', join(out, 'pictures'), '--out', folder, ...flags], {
      FOVEA_TIER: 'everywhere',
    });
    const other = trainReport.parse(JSON.parse(ended.stdout));
    expect(other.backend).toMatchObject({ tier: 'everywhere', whyNotBetter: 'FOVEA_TIER=everywhere is set' });
    expect(other.accuracy.val).toBeCloseTo(report.accuracy.val, 1);
  });

  test('an estimate counts the passes of each kind of augmentation, and starts nothing', async () => {
    const cache = await temporaryFolder();
    const args = ['train', join(out, 'pictures'), '--epochs', '15', '--test-fraction', '0.1', '--estimate', '--json'];
    const estimated = await fovea(args, { FOVEA_CACHE: cache });
    const costs = JSON.parse(estimated.stdout) as Record<string, RunCost>;
    const { train } = report.counts;
    expect(Object.fromEntries(Object.entries(costs).map(([way, { passCount }]) => [way, passCount]))).toEqual({
      off: 72,
      cached: 72 + (DEFAULT_TRAIN_CONFIG.variants - 1) * train,
      live: 72 + 15 * train,
    });
    expect(await readdir(cache)).toEqual([]);
  });

  test('an estimate refuses a cut that the backbone has not, and names those that it has', async () => {
    const refused = await fovea(['train', join(out, 'pictures'), '--mode', 'upper', '--cut', 'roof', '--estimate']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/cannot be cut at "roof".*Choose one of: /);
  });

  test('predict answers for a folder, as CSV that a table program reads', async () => {
    const predicted = await fovea(['predict', out, join(out, 'pictures'), '--csv']);
    const [head, ...rows] = predicted.stdout.trim().split('\n');
    expect(head).toBe(['path', 'predicted', 'probability', ...report.classes].join(','));
    expect(rows).toHaveLength(72);
    const sums = rows.map((row) =>
      row
        .split(',')
        .slice(3)
        .map(Number)
        .reduce((a, b) => a + b, 0),
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1, 4);
  });

  test('predict lists what it could not read and still names the rest', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'not a picture.jpg'), 'hello');
    const className = report.classes[0]!;
    const [picture = ''] = await readdir(join(out, 'pictures', className));
    const predicted = await fovea(['predict', out, join(out, 'pictures', className, picture), folder]);
    expect(predicted.code).toBe(0);
    expect(predicted.stdout.trim().split('\n')).toHaveLength(1);
    expect(predicted.stderr).toContain('not a picture.jpg');
  });

  test('evaluate measures the model on any folder of its classes', async () => {
    const measured = await fovea(['evaluate', out, join(out, 'pictures'), '--json']);
    const evaluation = JSON.parse(measured.stdout) as { imageCount: number; accuracy: number; split: string };
    expect(evaluation).toMatchObject({ imageCount: 72, split: 'all' });
    expect(evaluation.accuracy).toBeGreaterThan(0.6);
  });

  test('export refuses to replace what is there, unless asked to', async () => {
    const refused = await fovea(['export', out, '--formats', 'onnx']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('--overwrite');
    const replaced = await fovea(['export', out, '--formats', 'onnx', '--overwrite', '--json']);
    expect(replaced.code, replaced.stderr).toBe(0);
    const { exports } = JSON.parse(replaced.stdout) as { exports: TrainReport['exports'] };
    expect(exports[0]?.agreement).toEqual({ same: report.counts.val, of: report.counts.val });
  });

  test('all formats are written as zips that are checked, each with what it needs and a picture of each class', async () => {
    const folder = join(await temporaryFolder(), 'zips');
    const flags = ['--formats', 'all', '--zip', '--sample-pictures', '--out', folder, '--json'];
    const exported = await fovea(['export', out, ...flags]);
    expect(exported.code, exported.stderr).toBe(0);
    const { exports, refused } = exportResult.parse(JSON.parse(exported.stdout));
    const written = exports.map(({ format }) => format);
    expect([...written, ...refused.map(({ format }) => format)].sort()).toEqual([...EXPORT_FORMATS].sort());
    expect((await readdir(folder)).sort()).toEqual(written.map((format) => `${format}.zip`).sort());
    for (const { path, agreement, notRun } of exports) {
      if (notRun === undefined) expect(agreement?.of).toBe(report.counts.val);
      else expect(agreement).toBeNull();
      const files = unzipSync(new Uint8Array(await readFile(path)));
      const common = ['LICENCE.txt', 'MODEL_CARD.md', 'README.md', 'export.json', 'labels.txt', 'preprocessing.json'];
      expect(Object.keys(files)).toEqual(expect.arrayContaining([...common, 'samples/0.jpg']));
      const card = Buffer.from(files['MODEL_CARD.md'] ?? []).toString();
      const { train, val, test: testCount = 0 } = report.counts;
      expect(card).toContain(`| | all | ${train} | ${val} | ${testCount} |`);
    }
    expect(exported.stderr).toContain(`(${EXPORT_FORMATS.length} of ${EXPORT_FORMATS.length})`);
  });

  test('an export whose pictures are gone says so instead of claiming agreement', async () => {
    await rm(join(out, 'pictures'), { recursive: true });
    const exported = await fovea([
      'export',
      out,
      '--out',
      join(await temporaryFolder(), 'x'),
      '--formats',
      'onnx',
      '--json',
    ]);
    const { exports } = JSON.parse(exported.stdout) as { exports: TrainReport['exports'] };
    expect(exports[0]).toMatchObject({ agreement: null, maxAbsDifference: null });
  });
});
