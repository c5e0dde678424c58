import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WorkerEvent } from '../../../src-main/contract/events.ts';
import { throttleProgress } from '../../../src-main/worker/throttle-progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('progress passes now and then, the last of a stage and every other event always', () => {
  const passed: WorkerEvent[] = [];
  const report = throttleProgress((event) => passed.push(event));
  const progress = (done: number): WorkerEvent => ({ type: 'progress', stage: 'read', done, total: 1000 });
  const skipped: WorkerEvent = { type: 'skipped', file: { path: 'a', reason: 'b' } };
  for (let done = 1; done <= 1000; done++) {
    if (done === 500) report(skipped);
    report(progress(done));
    vi.advanceTimersByTime(1);
  }
  expect(passed).toContainEqual(skipped);
  expect(passed[0]).toEqual(progress(1));
  expect(passed.at(-1)).toEqual(progress(1000));
  expect(passed).toHaveLength(1 + 20 + 1); // the message, one every 50 ms, the last
});
