import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { TtaReport } from '../../src-main/contract/results.ts';
import { ttaOf, withTta, type TtaFlags } from '../../src-main/cli/tta-flags.ts';
import { gainWords, ttaSummary } from '../../src-main/cli/tta-words.ts';

function orderOf(...args: readonly string[]) {
  const command = withTta(new Command('evaluate'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return ttaOf(command.parse(args, { from: 'user' }).opts<TtaFlags>());
}

test('without a flag there is no test-time augmentation; any of them asks for it', () => {
  expect(orderOf()).toEqual({});
  expect(orderOf('--tta')).toEqual({ tta: { crops: 'ten' } });
  expect(orderOf('--tta-scales', '224, 256')).toEqual({ tta: { scales: [224, 256], crops: 'ten' } });
  expect(orderOf('--tta', '--tta-crops', 'five')).toEqual({ tta: { crops: 'five' } });
  expect(orderOf('--tta-crops', 'centre,top-left-flipped')).toEqual({ tta: { crops: ['centre', 'top-left-flipped'] } });
});

test('an empty list reaches the engine, which says what is allowed; what is no scale or crop is bad usage', () => {
  expect(orderOf('--tta-scales', '')).toEqual({ tta: { scales: [], crops: 'ten' } });
  expect(orderOf('--tta-crops', ' , ')).toEqual({ tta: { crops: [] } });
  expect(() => orderOf('--tta-scales', '224,big')).toThrow('"big" is not a number');
  expect(() => orderOf('--tta-crops', 'middle')).toThrow('"middle" is not one of centre, five, ten, top-left');
});

const report: TtaReport = {
  evaluation: {
    split: 'all',
    classes: ['a', 'b'],
    imageCount: 153,
    accuracy: 145 / 153,
    interval: { low: 0.9, high: 0.97 },
    choseBestEpoch: false,
    perClass: [],
    confusion: [
      [69, 1],
      [7, 76],
    ],
    predictions: [],
  },
  plainAccuracy: 143 / 153,
  scales: [224, 256],
  crops: ['centre', 'centre-flipped'],
  viewCount: 4,
  fixedCount: 5,
  brokenCount: 3,
  pValue: 0.7265625,
  secondsPerPicture: { plain: 0.0057, tta: 0.3021 },
  parts: [
    { kind: 'scale', name: '224', viewCount: 2, alone: 0.9412, without: 0.9346 },
    { kind: 'scale', name: '256', viewCount: 2, alone: 0.9346, without: 0.9512 },
  ],
};

test('gain, chance and cost are said in one line, and what each part adds in a table', () => {
  const lines = ttaSummary(report).split('\n');
  expect(lines).toContain('With test-time augmentation (scales 224, 256; crops centre, centre-flipped):');
  expect(lines).toContain(
    '+1.3 points (5 fixed, 3 broken; p = 0.73: may well be chance), 4 views, 53× the time (0.0057 s → 0.30 s a picture)',
  );
  expect(lines.slice(-2)).toEqual([
    '  scale 224    2 views, alone  94.1 %, adds  +1.3 points',
    '  scale 256    2 views, alone  93.5 %, adds  −0.3 points',
  ]);
});

test.each([
  [{ fixedCount: 0, brokenCount: 0, pValue: 1, plainAccuracy: 145 / 153 }, 'No change (0 fixed, 0 broken)'],
  [
    { fixedCount: 2, brokenCount: 2, pValue: 1, plainAccuracy: 145 / 153 },
    '±0.0 points (2 fixed, 2 broken; p = 1.0: may well be chance)',
  ],
  [
    { fixedCount: 0, brokenCount: 6, pValue: 0.03125, plainAccuracy: 151 / 153 },
    '−3.9 points (0 fixed, 6 broken; p = 0.031: hardly chance)',
  ],
  [
    { fixedCount: 12, brokenCount: 0, pValue: 0.00049, plainAccuracy: 133 / 153 },
    '+7.8 points (12 fixed, 0 broken; p < 0.001: hardly chance)',
  ],
])('a change of %o is worded by what chance would do', (change, words) => {
  expect(gainWords({ ...report, ...change })).toBe(words);
});
