import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import type { RunEvent, Stage } from '../../../../src-main/contract/events.ts';
import {
  applyEvents,
  bestEpoch,
  currentStage,
  lastHeadEpoch,
  NO_PROGRESS,
  overallFraction,
  picturesPerSecond,
  remainingMs,
  roomForEpochs,
  watchedMoment,
} from '../../../../src-renderer/lib/run-progress.ts';

function numbered(events: readonly (readonly [number, RunEvent['event']])[]): RunEvent[] {
  return events.map(([atMs, event], index) => ({ seq: index + 1, atMs, event }));
}
const stage = (name: Stage, total: number | null): RunEvent['event'] => ({ type: 'stage', stage: name, total });
const features = (done: number): RunEvent['event'] => ({ type: 'progress', stage: 'features', done, total: 400 });
const epoch = (number: number, isBest: boolean): RunEvent['event'] => ({
  type: 'epoch',
  phase: 'head',
  epoch: number,
  of: 10,
  trainLoss: 1 / number,
  trainAccuracy: 0.9,
  validationLoss: 2 / number,
  validationAccuracy: 0.8,
  learningRate: 0.001,
  isBest,
});

const RUN = numbered([
  [0, stage('read', null)],
  [700, stage('features', 400)],
  [2700, features(100)],
  [8700, features(400)],
  [8700, { type: 'skipped', file: { path: 'x.jpg', reason: 'truncated' } }],
  [9000, stage('train', 10)],
  [9100, epoch(1, true)],
  [9350, epoch(2, true)],
  [9500, epoch(3, false)],
  [9500, { type: 'cancelled' }],
]);

test('a run is the same whether its events came one by one, at once, or twice', () => {
  const atOnce = applyEvents(NO_PROGRESS, RUN);
  const oneByOne = RUN.reduce((progress, event) => applyEvents(progress, [event]), NO_PROGRESS);
  expect(oneByOne).toEqual(atOnce);
  expect(applyEvents(applyEvents(NO_PROGRESS, RUN.slice(0, 7)), RUN)).toEqual(atOnce);
});

test('an event that is shown elsewhere changes nothing but the place to go on from', () => {
  const before = applyEvents(NO_PROGRESS, RUN);
  const told: RunEvent['event'] = { type: 'coach-start', step: 'curves' };
  expect(applyEvents(before, [{ seq: RUN.length + 1, atMs: 9600, event: told }])).toEqual({
    ...before,
    lastSeq: RUN.length + 1,
    lastAtMs: 9600,
  });
});

test('watched pictures keep their places, and know whether they were right before', () => {
  const pictures = [
    { id: 'a', truth: 0 },
    { id: 'b', truth: 1 },
  ];
  const watched = { type: 'watched', classes: ['ants', 'bees'], pictures } as const;
  const progress = applyEvents(
    NO_PROGRESS,
    numbered([
      [0, stage('train', 10)],
      [0, { ...watched, classes: [...watched.classes], pictures }],
      [10, { ...epoch(1, true), predicted: [1, 1] } as RunEvent['event']],
      [20, { ...epoch(2, true), predicted: [0, 1] } as RunEvent['event']],
    ]),
  );
  expect(watchedMoment(progress, 1)?.pictures.map(({ wasRight }) => wasRight)).toEqual([null, null]);
  expect(watchedMoment(progress, 2)).toEqual({
    epoch: 2,
    pictures: [
      { id: 'a', truth: 'ants', predicted: 'ants', isRight: true, wasRight: false },
      { id: 'b', truth: 'bees', predicted: 'bees', isRight: true, wasRight: true },
    ],
  });
  expect(watchedMoment(applyEvents(NO_PROGRESS, RUN), 2)).toBeNull(); // a run of an earlier Fovea
});

test('the first loss stays, and of the layers what was told last', () => {
  const told = (number: number, initialLoss: { loss: number; expected: number } | null): RunEvent['event'] => ({
    type: 'diagnostics',
    phase: 'head',
    epoch: number,
    step: 0,
    initialLoss,
    layers: [],
  });
  const { initialLoss, diagnosis } = applyEvents(
    NO_PROGRESS,
    numbered([
      [0, told(0, { loss: 0.7, expected: 0.69 })],
      [9, told(1, null)],
    ]),
  );
  expect([initialLoss?.loss, diagnosis?.epoch]).toEqual([0.7, 1]);
});

test('stages take the time from their start to the next, and the end closes the last', () => {
  const { stages, end } = applyEvents(NO_PROGRESS, RUN);
  expect(stages).toEqual([
    { stage: 'read', startedAtMs: 0, endedAtMs: 700, done: 0, total: null },
    { stage: 'features', startedAtMs: 700, endedAtMs: 9000, done: 400, total: 400 },
    { stage: 'train', startedAtMs: 9000, endedAtMs: 9500, done: 3, total: 10 },
  ]);
  expect(end).toEqual({ type: 'cancelled' });
});

test('each epoch knows how long it took, and the last best one is kept', () => {
  const { epochs, skipped } = applyEvents(NO_PROGRESS, RUN);
  expect(epochs.map(({ durationMs }) => durationMs)).toEqual([100, 250, 150]);
  expect(bestEpoch(epochs)?.epoch).toBe(2);
  expect(bestEpoch([])).toBeNull();
  expect(skipped).toEqual([{ path: 'x.jpg', reason: 'truncated' }]);
});

test('the time left goes by the pace of the stage and counts down between events', () => {
  const progress = applyEvents(NO_PROGRESS, RUN.slice(0, 3)); // 100 of 400 in 2 s
  const atEvent = remainingMs(progress, 2700, 'head') ?? 0;
  expect(atEvent).toBeGreaterThanOrEqual(6000); // 300 pictures more, and then the training
  expect(atEvent).toBeLessThan(9000);
  expect(atEvent - (remainingMs(progress, 3700, 'head') ?? 0)).toBeCloseTo(1000);
});

test('nothing is guessed from nothing', () => {
  expect(remainingMs(NO_PROGRESS, 0, 'head')).toBeNull();
  expect(remainingMs(applyEvents(NO_PROGRESS, RUN.slice(0, 2)), 5000, 'head')).toBeNull(); // no picture done
  expect(remainingMs(applyEvents(NO_PROGRESS, RUN), 99_000, 'head')).toBeNull(); // over
});

test('the whole run only ever goes forward, and is full at its end', () => {
  const fractions = RUN.map((_, index) => overallFraction(applyEvents(NO_PROGRESS, RUN.slice(0, index + 1)), 'head'));
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
});

test('where layers learn, training is most of the run', () => {
  const atFeatures = applyEvents(NO_PROGRESS, RUN.slice(0, 3)); // 100 of 400
  expect(overallFraction(atFeatures, 'upper')).toBeLessThan(0.1);
  expect(remainingMs(atFeatures, 2700, 'upper')).toBeGreaterThan(2 * (remainingMs(atFeatures, 2700, 'head') ?? 0));
});

test('speed is pictures through the backbone per second', () => {
  expect(picturesPerSecond(applyEvents(NO_PROGRESS, RUN.slice(0, 3)))).toBe(50);
  expect(picturesPerSecond(NO_PROGRESS)).toBeNull();
});

test('the stage at work is the one that has not ended', () => {
  expect(currentStage(applyEvents(NO_PROGRESS, RUN.slice(0, 3)))?.stage).toBe('features');
  expect(currentStage(applyEvents(NO_PROGRESS, RUN))).toBeNull();
});

test('where fine-tuning begins is told by its first epoch, and charts then leave room for what is left', () => {
  const config = { ...DEFAULT_TRAIN_CONFIG, mode: 'upper' as const, epochs: 60, tuneEpochs: 10 };
  const headOnly = applyEvents(NO_PROGRESS, RUN).epochs;
  expect([lastHeadEpoch(headOnly), roomForEpochs(headOnly, config)]).toEqual([null, 70]);
  const tune = headOnly.map((row) => ({ ...row, phase: 'tune' as const }));
  const both = [...headOnly, ...tune.map((row) => ({ ...row, epoch: row.epoch + 3 }))];
  expect([lastHeadEpoch(both), roomForEpochs(both, config)]).toEqual([3, 13]);
  expect(lastHeadEpoch(tune)).toBeNull(); // nothing came before
});

test('what the coach found before the run is kept, step by step', () => {
  const evidence = { summary: '', numbers: {}, plots: [] };
  const step = { step: 'curves', verdict: 'warn', evidence, advice: [], actions: [], seconds: 1 } as const;
  const events = numbered([
    [0, { type: 'coach-start', step: 'curves' }],
    [1, { type: 'coach-step', step: { ...step, advice: [], actions: [] } }],
    [2, { type: 'coach-end', proposal: { changes: {}, sentence: '', seconds: 1 } }],
  ]);
  expect(applyEvents(NO_PROGRESS, events).coached).toEqual([step]);
});

test('what a run said it would cost is kept', () => {
  const cost = { passCount: 976, reusedCount: 397, seconds: 9, diskBytes: 150e6 };
  expect(applyEvents(NO_PROGRESS, numbered([[0, { type: 'cost', cost }]])).cost).toEqual(cost);
});

test('a run that goes on after a pause is live again, keeps its epochs, and goes through its stages once more', () => {
  const events = numbered([
    [0, stage('train', 10)],
    [100, epoch(1, true)],
    [150, { type: 'paused' }],
    [150, { type: 'resumed' }],
    [160, stage('read', null)],
    [200, stage('train', 10)],
    [270, epoch(2, true)],
  ]);
  expect(applyEvents(NO_PROGRESS, events.slice(0, 3)).end).toEqual({ type: 'paused' });
  const { end, epochs, stages } = applyEvents(NO_PROGRESS, events);
  expect([end, stages.map((one) => one.stage)]).toEqual([null, ['read', 'train']]);
  expect(epochs.map(({ epoch: number, durationMs }) => [number, durationMs])).toEqual([
    [1, 100],
    [2, 70],
  ]);
});
