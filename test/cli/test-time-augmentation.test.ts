import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluation, trainReport, ttaReport, type TrainReport } from '../../src-main/contract/results.ts';
import { fovea, installedBackbones, temporaryFolder } from '../helpers/cli.ts';
import { shared } from '../helpers/shared.ts';

const BACKBONE = 'mobilenet_v1_0.75_224';
const photographs = shared('data/hymenoptera');
const hasBackbone = (await installedBackbones()).includes(BACKBONE);
if (!hasBackbone) process.stderr.write(`Skipping test-time augmentation: ${BACKBONE} is not installed.\n`);

describe.skipIf(photographs === null || !hasBackbone)('test-time augmentation of a head on real photographs', () => {
  const validation = join(photographs ?? '', 'val');
  let model: string;
  let trained: TrainReport;

  beforeAll(async () => {
    model = join(await temporaryFolder(), 'model');
    const flags = ['--backbone', BACKBONE, '--out', model, '--formats', 'none', '--json'];
    const ended = await fovea(['train', photographs ?? '', ...flags]);
    trained = trainReport.parse(JSON.parse(ended.stdout));
  });

  test('is measured beside the plain way on the same pictures, and its gain is what was fixed less what was broken', async () => {
    const views = ['--tta-scales', '224,256', '--tta-crops', 'centre,centre-flipped'];
    const ended = await fovea(['evaluate', model, validation, ...views, '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    const json = JSON.parse(ended.stdout) as { tta: unknown };
    const [plain, tta] = [evaluation.parse(json), ttaReport.parse(json.tta)];
    expect([plain.imageCount, tta.evaluation.imageCount, tta.viewCount]).toEqual([153, 153, 4]);
    expect(tta.plainAccuracy).toBe(plain.accuracy);
    // The run itself answered from stored embeddings: a picture on the border may fall to the other side.
    expect(Math.abs(plain.accuracy - trained.accuracy.val)).toBeLessThan(1.5 / 153);
    const gained = (tta.evaluation.accuracy - plain.accuracy) * 153;
    expect(gained).toBeCloseTo(tta.fixedCount - tta.brokenCount, 9);
    process.stdout.write(
      `Ants and bees: ${plain.accuracy.toFixed(4)} plain, ${tta.evaluation.accuracy.toFixed(4)} with 4 views; ` +
        `${tta.fixedCount} fixed, ${tta.brokenCount} broken, p = ${tta.pValue.toFixed(3)}\n`,
    );
  });

  test('says gain and cost in words, and predict answers with the average', async () => {
    const scales = ['--tta-scales', '224', '--tta-crops', 'centre,centre-flipped'];
    const said = await fovea(['evaluate', model, validation, ...scales]);
    expect(said.stdout).toMatch(/ \(\d+ fixed, \d+ broken.*, 2 views, [\d.]+× the time \(/);
    const picture = join(validation, 'ants', '10308379_1b6c72e180.jpg');
    const predicted = await fovea(['predict', model, picture, '--tta', '--json']);
    const { predictions, viewCount } = JSON.parse(predicted.stdout) as {
      predictions: { probabilities: Record<string, number> }[];
      viewCount: number;
    };
    expect(viewCount).toBe(50);
    const sum = Object.values(predictions[0]?.probabilities ?? {}).reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  test.each([
    ['a scale below the input', ['--tta-scales', '223,256'], /scales 223\. Allowed are whole numbers from 224/],
    ['a scale that is too large', ['--tta-scales', '5000'], /scales 5000\. .* to 4096/],
    ['no scale', ['--tta-scales', ''], /scales none\. Allowed are 1 to 16/],
    ['no crop', ['--tta-crops', ''], /crops none\. Allowed are centre, five, ten/],
  ])('%s is refused in words, with the exit code of bad input', async (_, flags, words) => {
    for (const command of ['evaluate', 'predict']) {
      const ended = await fovea([command, model, validation, ...flags]);
      expect([ended.code, ended.stdout]).toEqual([3, '']);
      expect(ended.stderr).toMatch(words);
    }
  });
});
