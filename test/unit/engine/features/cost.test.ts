import { expect, test } from 'vitest';
import type { Split } from '../../../../src-main/contract/dataset.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { costOf, countWork, isLong, NOTHING_STORED, type Stored } from '../../../../src-main/engine/features/cost.ts';
import type { Pace } from '../../../../src-main/engine/features/pace.ts';

/** 6 pictures to train with, 3 to validate, 1 to test. */
const pictures = (['training', 'validation', 'test'] satisfies Split[]).flatMap((split, index) =>
  Array.from({ length: [6, 3, 1][index] ?? 0 }, (_, number) => ({ sha256: `${split} ${number}`, split })),
);
const settings = (changes: Partial<TrainConfig> = {}) => ({
  ...DEFAULT_TRAIN_CONFIG,
  epochs: 60,
  tuneEpochs: 10,
  variants: 4,
  ...changes,
});
const nothing = { newPasses: 0, reusedPasses: 0, livePasses: 0, decodes: 0, variations: 0, tuneSteps: 0 };

test('without augmentation every picture goes through the network once', () => {
  const work = countWork(pictures, settings(), 'off', NOTHING_STORED);
  expect(work).toEqual({ ...nothing, newPasses: 10, decodes: 10 });
});

test('stored variants: all of the training pictures, the others as they are', () => {
  const work = countWork(pictures, settings(), 'cached', NOTHING_STORED);
  expect(work).toEqual({ ...nothing, newPasses: 6 * 4 + 4, decodes: 10, variations: 6 * 3 });
});

test('live: a pass an epoch and training picture, on top of the pictures as they are', () => {
  const head = countWork(pictures, settings(), 'live', NOTHING_STORED);
  expect(head).toEqual({ ...nothing, newPasses: 10, livePasses: 6 * 60, decodes: 10, variations: 6 * 60 });
  const upper = countWork(pictures, settings({ mode: 'upper' }), 'live', NOTHING_STORED);
  const ten = 6 * 10;
  expect(upper).toEqual({
    newPasses: 10,
    reusedPasses: 0,
    livePasses: ten,
    decodes: 10,
    variations: ten,
    tuneSteps: ten,
  });
});

test('the whole network has no frozen part: only the head that comes first needs embeddings', () => {
  const first = countWork(pictures, settings({ mode: 'full' }), 'cached', NOTHING_STORED);
  expect(first).toEqual({ ...nothing, newPasses: 10, decodes: 10, variations: 60, tuneSteps: 60 });
  const none = countWork(pictures, settings({ mode: 'full', headFirst: false }), 'off', NOTHING_STORED);
  expect(none).toEqual({ ...nothing, decodes: 10, tuneSteps: 60 });
});

test('what is stored is not done again, picture by picture and variant by variant', () => {
  const stored: Stored = {
    isCached: (sha256, variant) => sha256 === 'training 0' || (sha256 === 'training 1' && variant === 2),
    isKept: (sha256) => sha256 === 'training 2' || sha256 === 'training 0',
  };
  const work = countWork(pictures, settings(), 'cached', stored);
  // Training 0 is all there; 1 lacks 0, 1 and 3, of which two are varied; 2 lacks all four but need not be decoded.
  expect(work).toEqual({ ...nothing, newPasses: 23, reusedPasses: 5, decodes: 8, variations: 14 });
  expect(countWork(pictures, settings(), 'live', stored)).toMatchObject({ newPasses: 9, decodes: 8 });
});

const pace: Pace = { decodeMs: 6, passMs: 5, augmentMs: 1, tuneStepMs: 4 };
const bytes = { activations: 150_000, pixels: 1000 };

test('counts become seconds and bytes', () => {
  // 397 pictures, 244 of them to train with: 976 variants, 153 validating.
  const work = { newPasses: 1129, reusedPasses: 0, livePasses: 0, decodes: 397, variations: 732, tuneSteps: 2440 };
  // 397 · 6 + 1129 · 5 + 732 · 1 + 2440 · 4 ms = 2.382 + 5.645 + 0.732 + 9.76 s = 18.519 s
  expect(costOf(work, bytes, pace)).toEqual({
    passCount: 1129,
    reusedCount: 0,
    seconds: 19,
    diskBytes: 1129 * 150_000 + 397 * 1000,
  });
});

test('passes of every epoch take time and no space', () => {
  const work = { ...nothing, newPasses: 10, reusedPasses: 5, livePasses: 100_000 };
  // 100,010 · 5 ms = 500.05 s, to two digits
  expect(costOf(work, bytes, pace)).toEqual({ passCount: 100_010, reusedCount: 5, seconds: 500, diskBytes: 1_500_000 });
});

test('a time is guessed only from what this machine has been seen to do', () => {
  const work = { ...nothing, newPasses: 100, decodes: 100, variations: 10 };
  expect(costOf(work, bytes, { ...pace, augmentMs: null }).seconds).toBeNull();
  expect(costOf(work, bytes, { ...pace, tuneStepMs: null }).seconds).toBe(1.1); // nothing is tuned: 0.6 + 0.5 + 0.01 s
  expect(costOf({ ...work, tuneSteps: 1 }, bytes, { ...pace, tuneStepMs: null }).seconds).toBeNull();
  expect(costOf(nothing, bytes, { decodeMs: null, passMs: null, augmentMs: null, tuneStepMs: null }).seconds).toBe(0);
});

test('a run is long when it is known to take more than two minutes', () => {
  expect([null, 3, 120, 121].map((seconds) => isLong({ seconds }))).toEqual([false, false, false, true]);
});

test('what takes any time takes at least a second', () => {
  expect(costOf({ ...nothing, newPasses: 1 }, bytes, pace).seconds).toBe(1);
});
