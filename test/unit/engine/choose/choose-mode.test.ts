import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TRANSFER_MODES, type TransferMode } from '../../../../src-main/contract/choosing.ts';
import { chooseMode, type ModeFacts } from '../../../../src-main/engine/choose/choose-mode.ts';
import { wilsonInterval } from '../../../../src-main/engine/evaluate/metrics.ts';

const NO_TIME_KNOWN = { off: null, cached: null, live: null };
const UNKNOWN = { head: NO_TIME_KNOWN, upper: NO_TIME_KNOWN, full: NO_TIME_KNOWN };

interface Short {
  readonly classCount: number;
  readonly perClass: number;
  readonly accuracy: number;
  readonly checkedCount?: number;
}

/** Classes of one size, probed on all their training pictures. */
function factsOf({ classCount, perClass, accuracy, checkedCount }: Short, rest: Partial<ModeFacts> = {}): ModeFacts {
  const trainingCount = classCount * perClass;
  return {
    trainingCount,
    imagesPerClass: { median: perClass },
    checkedCount: checkedCount ?? Math.ceil(trainingCount / 4),
    probe: { accuracy, interval: wilsonInterval(Math.round(accuracy * trainingCount), trainingCount) },
    chance: 1 / classCount,
    seconds: UNKNOWN,
    secondsAvailable: null,
    ...rest,
  };
}

const rankOf = (mode: TransferMode): number => TRANSFER_MODES.indexOf(mode);

describe('the table', () => {
  test.each([
    ['scarce', 'head', 'cached', { classCount: 200, perClass: 8, accuracy: 0.3 }],
    ['no-room', 'head', 'off', { classCount: 2, perClass: 1200, accuracy: 0.995 }],
    ['few-similar', 'head', 'off', { classCount: 2, perClass: 122, accuracy: 0.94, checkedCount: 153 }],
    ['few-different', 'upper', 'cached', { classCount: 2, perClass: 400, accuracy: 0.6 }],
    ['many-similar', 'upper', 'cached', { classCount: 5, perClass: 600, accuracy: 0.9 }],
    ['many-different', 'full', 'live', { classCount: 10, perClass: 300, accuracy: 0.35 }],
    ['very-many', 'full', 'live', { classCount: 5, perClass: 1000, accuracy: 0.9 }],
  ] as const)('%s: %s, augmentation %s', (rule, mode, augmentation, short) => {
    const choice = chooseMode(factsOf(short));
    expect(choice).toMatchObject({ rule, mode, augmentation, isShortOfTime: false, seconds: null });
    expect(choice.alternatives.map((other) => other.mode)).toEqual(TRANSFER_MODES.filter((other) => other !== mode));
  });

  test('has its borders where its sources put them', () => {
    const at = (short: Short) => chooseMode(factsOf(short)).rule;
    const similar = { classCount: 100, accuracy: 0.8 };
    expect([at({ ...similar, perClass: 9 }), at({ ...similar, perClass: 10 })]).toEqual(['scarce', 'many-similar']);
    const few = { classCount: 40, accuracy: 0.8 };
    expect([at({ ...few, perClass: 20 }), at({ ...few, perClass: 21 })]).toEqual(['few-similar', 'many-similar']);
    const rich = { classCount: 3, accuracy: 0.9 };
    expect([at({ ...rich, perClass: 999 }), at({ ...rich, perClass: 1000 })]).toEqual(['many-similar', 'very-many']);
    const many = { classCount: 4, perClass: 300, accuracy: 0.9 };
    expect([at({ ...many, checkedCount: 59 }), at({ ...many, checkedCount: 61 })]).toEqual(['no-room', 'many-similar']);
  });

  test('gives the reason in numbers', () => {
    expect(chooseMode(factsOf({ classCount: 2, perClass: 122, accuracy: 0.94, checkedCount: 153 })).reason).toBe(
      'Freeze the backbone and train the head alone: 244 training pictures (122 in the median class) are few, and the frozen features get 94.0 % right, 88.0 % of the way from guessing (50.0 %) to perfect; up to 800 pictures in all, a linear classifier does as well as fine-tuning.',
    );
  });

  test('calls features different only if the whole interval does', () => {
    const facts = factsOf({ classCount: 2, perClass: 20, accuracy: 0.7, checkedCount: 40 }); // 0.4 of the way, but of 40 pictures
    expect(chooseMode(facts).rule).toBe('few-similar');
    expect(chooseMode({ ...facts, probe: { accuracy: 0.7, interval: { low: 0.66, high: 0.74 } } }).rule).toBe(
      'few-different',
    );
  });

  test('takes a set of which one class is all', () => {
    const facts = factsOf({ classCount: 2, perClass: 100, accuracy: 0.99, checkedCount: 1000 }, { chance: 1 });
    expect(chooseMode(facts).mode).toBe('head');
  });
});

describe('time', () => {
  const facts = factsOf({ classCount: 10, perClass: 300, accuracy: 0.35 }); // full
  const seconds = {
    head: { off: 2, cached: 6, live: 90 },
    upper: { off: 30, cached: 80, live: 900 },
    full: { off: 400, cached: 400, live: 450 },
  };
  const within = (secondsAvailable: number | null) => chooseMode({ ...facts, seconds, secondsAvailable });

  test.each([
    [null, 'full', 'live', 450, false],
    [450, 'full', 'live', 450, false],
    [420, 'full', 'off', 400, false],
    [399, 'upper', 'cached', 80, true],
    [79, 'upper', 'off', 30, true],
    [29, 'head', 'off', 2, true],
    [1, 'head', 'off', 2, true],
  ] as const)('of %s s: %s, augmentation %s', (available, mode, augmentation, takes, isShortOfTime) => {
    expect(within(available)).toMatchObject({ mode, augmentation, seconds: takes, isShortOfTime });
  });

  test('that is too short is named in the reason, and beside the mode that needs more', () => {
    const choice = within(60);
    expect(choice.reason).toMatch(
      /^Train the head, then the upper layers with it: the whole network would take about 400 seconds, and there are 60\. Otherwise: /,
    );
    expect(choice.alternatives.find(({ mode }) => mode === 'full')?.reason).toBe(
      'The whole network would take about 400 seconds, and there are 60.',
    );
  });

  test('that nobody knows is not promised', () => {
    const choice = chooseMode({ ...facts, seconds: { ...UNKNOWN, head: seconds.head }, secondsAvailable: 3600 });
    expect(choice).toMatchObject({ mode: 'head', isShortOfTime: true });
    expect(choice.reason).toContain('how long the whole network takes here is not known before a first run');
  });
});

describe('whatever the numbers are', () => {
  const short = fc.record({
    classCount: fc.integer({ min: 2, max: 120 }),
    perClass: fc.integer({ min: 1, max: 3000 }),
    accuracy: fc.double({ min: 0, max: 1, noNaN: true }),
    checkedCount: fc.integer({ min: 1, max: 5000 }),
  });
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const time = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null });
  const times = fc.record({ off: time, cached: time, live: time });
  const allTimes = fc.record({ head: times, upper: times, full: times });

  test('more pictures never lead towards freezing', () => {
    fc.assert(
      fc.property(short, fc.nat(3000), fc.nat(3000), (fewer, more, moreChecked) => {
        const before = factsOf(fewer);
        const after: ModeFacts = {
          ...before,
          trainingCount: before.trainingCount + more * fewer.classCount,
          imagesPerClass: { median: fewer.perClass + more },
          checkedCount: before.checkedCount + moreChecked,
        };
        expect(rankOf(chooseMode(after).mode)).toBeGreaterThanOrEqual(rankOf(chooseMode(before).mode));
      }),
    );
  });

  test('features that fit better never lead away from it', () => {
    fc.assert(
      fc.property(short, unit, (facts, other) => {
        const [worse, better] = [Math.min(facts.accuracy, other), Math.max(facts.accuracy, other)];
        const modeAt = (accuracy: number) => rankOf(chooseMode(factsOf({ ...facts, accuracy })).mode);
        expect(modeAt(better)).toBeLessThanOrEqual(modeAt(worse));
      }),
    );
  });

  test('more time never means fewer layers, and what is proposed fits in it unless nothing does', () => {
    fc.assert(
      fc.property(short, allTimes, fc.integer({ min: 1, max: 1000 }), fc.nat(1000), (given, seconds, some, more) => {
        const at = (secondsAvailable: number | null) => chooseMode(factsOf(given, { seconds, secondsAvailable }));
        const [little, much, any] = [at(some), at(some + more), at(null)];
        expect(rankOf(much.mode)).toBeGreaterThanOrEqual(rankOf(little.mode));
        expect(rankOf(any.mode)).toBeGreaterThanOrEqual(rankOf(much.mode));
        if (little.mode !== 'head') expect(little.seconds).toBeLessThanOrEqual(some);
        expect(little.isShortOfTime).toBe(little.mode !== any.mode);
      }),
    );
  });
});
