import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { curveResult } from '../../src-main/contract/lab/activation-curves.ts';
import { depthResult } from '../../src-main/contract/lab/depth.ts';
import { dropoutResult } from '../../src-main/contract/lab/dropout.ts';
import { penaltyResult } from '../../src-main/contract/lab/penalties.ts';
import { preprocessingResult } from '../../src-main/contract/lab/preprocessing.ts';
import { drawSample } from '../../src-main/engine/images/sample.ts';
import { fovea, installedBackbones, temporaryFolder } from '../helpers/cli.ts';

const backbones = await installedBackbones();
if (backbones.length === 0) process.stderr.write('Skipping experiments on embeddings: no backbone is installed.\n');

let pictures: string;
beforeAll(async () => {
  pictures = join(await temporaryFolder(), '그림');
  await drawSample(pictures, { imagesPerClass: 8, seed: 0 });
});

const numbersOf = async (...args: readonly string[]): Promise<unknown> => {
  const ended = await fovea(['lab', ...args, '--json']);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout);
};

test('depth prints a line a choice, with a column a layer', async () => {
  const flags = ['--depth', '3', '--width', '16', '--initialisations', 'he,large', '--activations', 'relu,tanh'];
  const ended = await fovea(['lab', 'depth', pictures, ...flags]);
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/^Features: (\d+)$.*^Features \1\/\1$.*^Train 4\/4$/ms); // progress
  const rows = ended.stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(rows.find(([first]) => first === 'weights')?.slice(0, 6)).toEqual([
    'weights',
    'activation',
    'signal',
    '1',
    '2',
    '3',
  ]);
  expect(
    rows.flatMap(([weights = '', activation]) => (/^(he|large)$/.test(weights) ? [[weights, activation]] : [])),
  ).toEqual([
    ['he', 'relu'],
    ['he', 'tanh'],
    ['large', 'relu'],
    ['large', 'tanh'],
  ]);
});

test("depth gives the contract's numbers, alike when asked again", async () => {
  const flags = ['depth', pictures, '--depth', '2', '--width', '8', '--activations', 'selu', '--pictures', '7'];
  const numbers = await numbersOf(...flags);
  expect(depthResult.parse(numbers)).toMatchObject({ pictureCount: 7, inputCount: 32 * 32 * 3 });
  expect(await numbersOf(...flags)).toEqual(numbers);
});

test('preprocessing measures the training pictures of a split by the seed, and prints shares of the variance', async () => {
  const measured = preprocessingResult.parse(await numbersOf('preprocessing', pictures, '--size-px', '8'));
  expect(measured).toMatchObject({ sizePx: 8, meanImage: { length: 8 * 8 * 3 } });
  const other = await numbersOf('preprocessing', pictures, '--size-px', '8', '--seed', '1');
  expect(other).toMatchObject({ imageCount: measured.imageCount });
  expect(other).not.toEqual(measured);

  const ended = await fovea(['lab', 'preprocessing', pictures, '--size-px', '8']);
  const { variances } = measured.axes;
  const share = (variances[0] ?? 0) / variances.reduce((sum, variance) => sum + variance, 0);
  expect(ended.stdout).toMatch(new RegExp(`^ +1 +${(100 * share).toFixed(1)} %$`, 'm'));
  expect(ended.stdout).toMatch(new RegExp(`^red +${measured.channels[0]?.mean.toFixed(1)} `, 'm'));
});

describe.skipIf(backbones.length === 0)('on embeddings', () => {
  test("each experiment gives the contract's numbers", async () => {
    const curves = curveResult.parse(await numbersOf('activation-curves', pictures, '--from', '-3', '--points', '7'));
    expect([curves.x[0], curves.x.length]).toEqual([-3, 7]);
    const penalties = penaltyResult.parse(await numbersOf('penalties', pictures, '--strengths', '0.001,0.1'));
    expect(penalties.heads.map(({ strength }) => strength)).toEqual([0, 0.001, 0.1, 0.001, 0.1]);
    const dropout = dropoutResult.parse(await numbersOf('dropout', pictures, '--masks', '3', '--epochs', '2'));
    expect(dropout.bySize.map(({ masks }) => masks)).toEqual([1, 2, 3]);
  });

  test('each experiment prints a table', async () => {
    const headings = {
      'activation-curves': /activation +mean +centred +saturates/,
      penalties: /penalty +strength +validation/,
      dropout: /masks +accuracy +difference/,
    };
    for (const [experiment, heading] of Object.entries(headings)) {
      const ended = await fovea(['lab', experiment, pictures]);
      expect(ended.stdout, ended.stderr).toMatch(heading);
    }
  });
});

test.each([
  ['--depth', '51', 'it takes a whole number from 1 to 50'],
  ['--width', 'wide', 'it takes a whole number from 8 to 1024'],
  ['--activations', 'relu,swish', 'expected one of'],
])('%s %s is refused with what is allowed', async (flag, value, allowed) => {
  const ended = await fovea(['lab', 'depth', pictures, flag, value]);
  expect([ended.code, ended.stdout]).toEqual([3, '']);
  expect(ended.stderr).toContain(`fovea: ${flag} ${value} cannot be used: `);
  expect(ended.stderr).toContain(allowed);
});

test('the help of an experiment lists its flags with their defaults', async () => {
  const { code, stdout } = await fovea(['lab', 'dropout', '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/--rate <value> +share that is dropped \(default: 0\.5\)/);
});
