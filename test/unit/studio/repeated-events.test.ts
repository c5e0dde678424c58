import { expect, test } from 'vitest';
import type { RunEvent, WorkerEvent } from '../../../src-main/contract/events.ts';
import { createRepeatFilter } from '../../../src-main/studio/repeated-events.ts';

const epoch = (number: number): WorkerEvent => ({
  type: 'epoch',
  epoch: number,
  of: 9,
  phase: 'tune',
  trainLoss: 1,
  trainAccuracy: 0,
  validationLoss: 1,
  validationAccuracy: 0,
  learningRate: 1,
  isBest: false,
});
const diagnostics = (number: number, step: number): WorkerEvent => ({
  type: 'diagnostics',
  phase: 'tune',
  epoch: number,
  step,
  initialLoss: null,
  layers: [],
});
const skipped = (path: string): WorkerEvent => ({ type: 'skipped', file: { path, reason: 'no picture' } });
const backend = (trunk: string): WorkerEvent => ({
  type: 'backend',
  backbone: 'b',
  backend: { tier: 'everywhere', trunk, tail: 'fake', whyNotBetter: null, cpuCount: 1 },
});
const cost: WorkerEvent = { type: 'cost', cost: { passCount: 1, reusedCount: 0, seconds: null, diskBytes: 0 } };
const stage: WorkerEvent = { type: 'stage', stage: 'train', total: 9 };

function told(...events: readonly WorkerEvent[]): RunEvent[] {
  return events.map((event, index) => ({ seq: index + 1, atMs: index, event }));
}

test('of what a run tells again only what is new is kept, and stages are gone through again', () => {
  const isNew = createRepeatFilter(
    told(backend('x'), cost, stage, skipped('a'), epoch(1), diagnostics(1, 4), epoch(2), diagnostics(2, 9)),
  );
  const again = [backend('x'), backend('y'), cost, stage, skipped('a'), skipped('b')];
  expect(again.filter(isNew)).toEqual([backend('y'), stage, skipped('b')]);
  const learning = [epoch(2), diagnostics(2, 9), epoch(3), diagnostics(3, 14)];
  expect(learning.filter(isNew)).toEqual([epoch(3), diagnostics(3, 14)]);
});

test('a run that begins loses nothing', () => {
  const events = [backend('x'), cost, stage, skipped('a'), diagnostics(0, 0), epoch(1)];
  expect(events.filter(createRepeatFilter([]))).toEqual(events);
});
