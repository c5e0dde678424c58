import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { coach, type Coached } from '../../../../src-main/engine/coach/coach.ts';
import { createHeadSubject } from '../../../../src-main/engine/coach/head-subject.ts';
import type { Subject } from '../../../../src-main/engine/coach/subject.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { clouds, networkSubject } from '../../../helpers/coach-subjects.ts';

beforeAll(loadTestBackend);

const config: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, epochs: 30, patience: 6 };
const names = Array.from({ length: 20 }, (_, index) => `class ${index}`);
const run = (subject: Subject, started = config) => coach(subject, started, { classNames: names });

/** What is wrong by the coach; a better setting that the search proposes is no fault. */
function faults({ steps }: Coached): string[] {
  const isFault = (code: string) => code !== 'search/better-found';
  return steps.flatMap(({ step, advice }) => advice.flatMap(({ code }) => (isFault(code) ? [`${step}: ${code}`] : [])));
}

const many = (count: number, size: number) => new Array<number>(count).fill(size);

describe('a healthy run passes', () => {
  test.each([
    { kind: 'easy', seed: 1, sizes: [60, 60], distance: 8 },
    { kind: 'easy', seed: 2, sizes: [60, 60], distance: 8 },
    { kind: 'hard', seed: 1, sizes: [90, 90], distance: 4 },
    { kind: 'hard', seed: 2, sizes: [90, 90], distance: 4 },
    { kind: 'of three classes', seed: 3, sizes: [60, 60, 60], distance: 5 },
    { kind: 'imbalanced', seed: 1, sizes: [110, 30], distance: 8 },
    { kind: 'imbalanced', seed: 2, sizes: [20, 110], distance: 9 },
    { kind: 'of many classes', seed: 1, sizes: many(12, 16), distance: 10 },
    { kind: 'of few pictures', seed: 1, sizes: [16, 16, 16], distance: 12 },
    { kind: 'of few pictures', seed: 2, sizes: [12, 12], distance: 12 },
  ])('on data that are $kind, seed $seed', async ({ seed, sizes, distance }) => {
    const data = clouds({ seed, sizes, featureCount: 128, distance });
    expect(faults(await run(createHeadSubject(data), { ...config, seed }))).toEqual([]);
  });

  test('for a network, of which each setting costs a training', async () => {
    const data = clouds({ seed: 2, sizes: [60, 60], featureCount: 64, distance: 7 });
    const subject = networkSubject(data, { hiddenCount: 16, initialisation: 'he' });
    const coached = await run(subject, { ...config, epochs: 20, learningRate: 0.003 });
    expect(faults(coached)).toEqual([]);
    expect(coached.steps[3]?.evidence.plots).toMatchObject([{ kind: 'points', best: {} }]);
  });
});
