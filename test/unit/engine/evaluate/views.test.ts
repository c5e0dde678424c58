import { expect, test } from 'vitest';
import { CROPS, type TtaSettings } from '../../../../src-main/contract/test-time-augmentation.ts';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { groupViews, planViews } from '../../../../src-main/engine/evaluate/views.ts';

test('the views are all scales times all crops, scale by scale', () => {
  const { scales, crops, views } = planViews({ scales: [256, 224], crops: ['centre-flipped', 'top-left'] }, 224);
  expect({ scales, crops, views }).toEqual({
    scales: [256, 224],
    crops: ['top-left', 'centre-flipped'],
    views: [
      { scale: 256, place: 'top-left', isFlipped: false },
      { scale: 256, place: 'centre', isFlipped: true },
      { scale: 224, place: 'top-left', isFlipped: false },
      { scale: 224, place: 'centre', isFlipped: true },
    ],
  });
});

test('without scales they are those of ResNet for its input of 224 pixels, and in proportion for another', () => {
  expect(planViews({ crops: 'ten' }, 224).scales).toEqual([224, 256, 384, 480, 640]);
  expect(planViews({ crops: 'ten' }, 112).scales).toEqual([112, 128, 192, 240, 320]);
  expect(planViews({ crops: 'ten' }, 224).views).toHaveLength(50);
});

test('a set of crops stands for its members, and what is named twice counts once', () => {
  const cropsOf = (crops: Parameters<typeof planViews>[0]['crops']) => planViews({ crops }, 224).crops;
  expect(cropsOf('centre')).toEqual(['centre']);
  expect(cropsOf('five')).toEqual(['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre']);
  expect(cropsOf('ten')).toEqual(CROPS);
  expect(cropsOf(['centre', 'centre'])).toEqual(['centre']);
  expect(planViews({ scales: [224, 224], crops: 'five' }, 224).views).toHaveLength(5);
});

const NUMBERS = "whole numbers from 192 (the side of the network's input) to 4096";
const REFUSED: readonly (readonly [
  why: string,
  settings: TtaSettings,
  setting: string,
  value: string,
  allowed: string,
])[] = [
  ['a scale below the input', { scales: [224, 191], crops: 'ten' }, 'scales', '191', NUMBERS],
  ['a scale that is too large', { scales: [4097], crops: 'ten' }, 'scales', '4097', NUMBERS],
  ['half a pixel', { scales: [224.5], crops: 'ten' }, 'scales', '224.5', NUMBERS],
  ['no number', { scales: [NaN], crops: 'ten' }, 'scales', 'NaN', NUMBERS],
  ['no scale', { scales: [], crops: 'ten' }, 'scales', 'none', `1 to 16 of them, ${NUMBERS}`],
  [
    'a scale too many',
    { scales: Array.from({ length: 17 }, (_, index) => 192 + index), crops: 'ten' },
    'scales',
    '17 scales',
    `1 to 16 of them, ${NUMBERS}`,
  ],
  ['no crop', { crops: [] }, 'crops', 'none', `centre, five, ten, or some of ${CROPS.join(', ')}`],
];
test.each(REFUSED)(
  '%s is refused with the setting, its value and what is allowed',
  (_, settings, setting, value, allowed) => {
    const message = `Test-time augmentation cannot use ${setting} ${value}. Allowed are ${allowed}.`;
    const error = new EngineError('setting/out-of-range', message, { setting, value, allowed });
    expect(() => planViews(settings, 192)).toThrow(error);
  },
);

test('views are grouped by scale, place and flip, and a kind with one group is left out', () => {
  const { views } = planViews({ scales: [224, 256], crops: ['centre', 'centre-flipped', 'top-left'] }, 224);
  // In their order: top-left, centre, centre-flipped of 224, then of 256.
  expect(groupViews(views)).toEqual([
    { kind: 'scale', name: '224', members: [0, 1, 2], others: [3, 4, 5] },
    { kind: 'scale', name: '256', members: [3, 4, 5], others: [0, 1, 2] },
    { kind: 'place', name: 'corners', members: [0, 3], others: [1, 2, 4, 5] },
    { kind: 'place', name: 'centre', members: [1, 2, 4, 5], others: [0, 3] },
    { kind: 'flip', name: 'unflipped', members: [0, 1, 3, 4], others: [2, 5] },
    { kind: 'flip', name: 'flipped', members: [2, 5], others: [0, 1, 3, 4] },
  ]);
  expect(groupViews(planViews({ scales: [224], crops: 'centre' }, 224).views)).toEqual([]);
});
