import { beforeAll, describe, expect, test } from 'vitest';
import { coachStep, COACH_STEPS, settingChanges, type CoachStep } from '../../../../src-main/contract/coach.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { coach, type Coached } from '../../../../src-main/engine/coach/coach.ts';
import { createHeadSubject } from '../../../../src-main/engine/coach/head-subject.ts';
import type { Subject } from '../../../../src-main/engine/coach/subject.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { clouds, networkSubject } from '../../../helpers/coach-subjects.ts';

beforeAll(loadTestBackend);

const config: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, epochs: 30, patience: 6 };
const names = Array.from({ length: 20 }, (_, index) => `class ${index}`);
const run = (subject: Subject, started = config) => coach(subject, started, { classNames: names });

const small = () => createHeadSubject(clouds({ seed: 5, sizes: [20, 20], featureCount: 32, distance: 8 }));

describe('the coach', () => {
  test('takes the six steps in their order, tells each as it ends, and its report crosses as JSON', async () => {
    const told: string[] = [];
    const { steps, proposal } = await coach(small(), config, {
      classNames: names,
      onStart: (step) => told.push(`start ${step}`),
      onStep: ({ step }) => told.push(`end ${step}`),
    });
    expect(told).toEqual(COACH_STEPS.flatMap((step) => [`start ${step}`, `end ${step}`]));
    expect(steps.map((step) => coachStep.parse(JSON.parse(JSON.stringify(step))))).toEqual(steps);
    expect(settingChanges.parse(proposal.changes)).toEqual(proposal.changes);
  });

  test('says the same again, and something else with another seed', async () => {
    const untimed = ({ steps, proposal, ...rest }: Coached) => ({
      ...rest,
      steps: steps.map((step: CoachStep) => ({ ...step, seconds: 0 })),
      proposal: { ...proposal, seconds: 0 },
    });
    const first = untimed(await run(small()));
    expect(untimed(await run(small()))).toEqual(first);
    expect(untimed(await run(small(), { ...config, seed: 9 }))).not.toEqual(first);
  });

  test('stops where it is when it is told to', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const options = {
      classNames: names,
      signal: stop.signal,
      onStart: (step: string) => seen.push(step),
      onStep({ step }: CoachStep) {
        if (step === 'learning-rate') stop.abort(new Error('enough'));
      },
    };
    await expect(coach(small(), config, options)).rejects.toThrow('enough');
    expect(seen).toEqual(COACH_STEPS.slice(0, 3));
  });

  test('leaves no tensor behind, also where it is stopped', async () => {
    expect(await countLeakedTensors(() => run(small()))).toBe(0);
    const signal = AbortSignal.abort(new Error('enough'));
    const stopped = () => coach(small(), config, { classNames: names, signal }).catch(() => undefined);
    expect(await countLeakedTensors(stopped)).toBe(0);
  });

  test('replaces a rate that cannot be trained with, and says so in its sentence', async () => {
    const data = clouds({ seed: 8, sizes: [60, 60], featureCount: 512, distance: 6 });
    const { proposal } = await run(createHeadSubject(data), { ...config, learningRate: 1 });
    expect(proposal.changes.learningRate).toBeLessThan(0.1);
    expect(proposal.sentence).toContain('instead of learning rate 1,');
  });

  test('proposes another start for a deep head that begins with N(0, 0.01²) and cannot learn from there', async () => {
    const data = clouds({ seed: 6, sizes: [80, 80], featureCount: 64, distance: 6 });
    // Deeper than the page allows: signals of two such layers still come through with a high rate.
    const head = { ...config.head, hidden: [32, 32, 32, 32], initialisation: 'small' as const };
    const subject = networkSubject(data, { initialisation: 'he' }); // as the settings say
    const started = { ...config, epochs: 12, optimizer: 'sgd' as const, learningRate: 0.1, head };
    const { steps, proposal } = await run(subject, started);
    expect(['he', 'xavier']).toContain(proposal.changes.head?.initialisation);
    expect(proposal.sentence).toMatch(/initialisation (he|xavier) and dropout/);
    expect(steps[2]?.advice[0]?.code).toBe('learning-rate/none-learns');
    const refined = steps[4]!;
    expect(refined.advice[0]?.details['initialisation']).toBe(proposal.changes.head?.initialisation);
    const [plot] = refined.evidence.plots;
    expect(plot?.kind === 'points' && plot.points.map(({ note }) => note?.split(',')[0])).toContain('small');
  });

  test('finds the weight decay that helps, where it helps beyond luck', async () => {
    const data = clouds({ seed: 3, sizes: [160, 40], featureCount: 64, distance: 6 });
    const { steps, proposal } = await run(createHeadSubject(data), { ...config, learningRate: 1e-4, weightDecay: 10 });
    const refined = steps[4]!;
    expect(refined).toMatchObject({ verdict: 'warn', advice: [{ code: 'search/better-found' }] });
    const { z, threshold } = refined.evidence.numbers;
    expect(z).toBeGreaterThan(threshold!);
    expect(refined.actions[0]?.changes).toEqual(proposal.changes);
  });
});
