import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import { latestRun, runAt } from '../../../../src-renderer/lib/latest-run.ts';

const run = (number: number, isComparison: boolean) => ({
  id: `run-${number}`,
  projectId: 'p',
  number,
  name: null,
  isComparison,
  status: 'finished' as const,
  config: DEFAULT_TRAIN_CONFIG,
  createdAt: '2026-11-29T00:00:00Z',
  report: null,
  problem: null,
});
const [own, compared] = [run(1, false), run(2, true)];

test('a run that is only compared is shown where its address names it, and is never the latest', () => {
  expect(latestRun([compared, own])).toBe(own);
  expect(runAt([compared, own], null)).toBe(own);
  expect(runAt([compared, own], 'run-2')).toBe(compared);
});

test('where there is none but those, or none of that name, there is none', () => {
  expect([latestRun([compared]), runAt([compared], null), runAt([own], 'gone')]).toEqual([null, null, null]);
});
