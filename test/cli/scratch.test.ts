import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainReport } from '../../src-main/contract/results.ts';
import { fovea, temporaryFolder, type Ended } from '../helpers/cli.ts';

describe('a network from scratch from the command line', () => {
  let out: string;
  beforeAll(async () => {
    out = await temporaryFolder();
  });

  const SMALL = [
    '--images',
    '8',
    '--mode',
    'scratch',
    '--epochs',
    '1',
    '--scratch-width',
    '8',
    '--scratch-blocks',
    '1',
  ];
  const train = (name: string, ...settings: string[]): Promise<Ended> =>
    fovea(['demo', ...SMALL, '--out', join(out, name), '--json', ...settings]);

  test('of Maxout trains, and both exports agree with the app', async () => {
    const ended = await train('maxout', '--activation', 'maxout', '--pooling', 'max', '--stochastic-depth', '0.5');
    expect(ended.code, ended.stderr).toBe(0);
    const { exports, counts } = trainReport.parse(JSON.parse(ended.stdout));
    const all = { same: counts.val, of: counts.val };
    expect(exports.map(({ format, agreement }) => ({ format, agreement }))).toEqual([
      { format: 'tfjs', agreement: all },
      { format: 'onnx', agreement: all },
    ]);
  });

  test('with fractional pooling and a mean image trains, and both exports agree with the app', async () => {
    const ended = await train('fractional', '--pooling', 'fractional', '--pixel-preprocessing', 'mean-image');
    expect(ended.code, ended.stderr).toBe(0);
    const { exports, counts } = trainReport.parse(JSON.parse(ended.stdout));
    const all = { same: counts.val, of: counts.val };
    expect(exports.map(({ format, agreement }) => ({ format, agreement }))).toEqual([
      { format: 'tfjs', agreement: all },
      { format: 'onnx', agreement: all },
    ]);
  });
});
