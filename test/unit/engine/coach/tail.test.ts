import { beforeAll, describe, expect, test } from 'vitest';
import { COACH_STEPS, coachStep } from '../../../../src-main/contract/coach.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { coach } from '../../../../src-main/engine/coach/coach.ts';
import { createHeadSubject } from '../../../../src-main/engine/coach/head-subject.ts';
import { createTailSubject } from '../../../../src-main/engine/coach/tail-subject.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { tailData } from '../../../helpers/coach-tails.ts';

beforeAll(loadTestBackend);

/** Fine-tuning at 0.001: of this small network as harmless as a tenth of that is of a large one. */
const config: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, mode: 'upper', epochs: 30, learningRate: 0.01, tuneEpochs: 6 };

function run(started: TrainConfig, seed = 1) {
  const data = tailData({ seed, sizes: [60, 60], strength: 0.35 });
  const subject = createTailSubject({ ...data, embeddings: started.headFirst ? data.embeddings : null }, started);
  const head = createHeadSubject({ ...data, source: data.embeddings });
  return coach(subject, { ...started, seed }, { classNames: ['ant', 'bee'], head });
}

describe('fine-tuning', () => {
  test.each([1, 2, 3])('keeps its settings where they are sound, seed %i', async (seed) => {
    const { steps, proposal } = await run(config, seed);
    expect(steps.map(({ step }) => step)).toEqual(COACH_STEPS);
    expect(steps.flatMap(({ advice }) => advice).filter(({ code }) => code.startsWith('learning-rate'))).toEqual([]);
    expect(steps.slice(0, 5).filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(proposal.changes).toEqual({});
    expect(proposal.sentence).toMatch(/learning rate of fine-tuning 0\.001 and weight decay 0\.01/i);
  });

  test('is told a rate 100 times too high, and gets a lower share of the rate of a head that stays as it is', async () => {
    const { steps, proposal } = await run({ ...config, tuneRateShare: 10 });
    const sweep = steps[2]!;
    expect(sweep).toMatchObject({ verdict: 'fail', advice: [{ code: 'learning-rate/too-high' }] });
    expect(sweep.actions[0]?.changes).toEqual({ tuneRateShare: proposal.changes.tuneRateShare });
    expect(proposal.changes.tuneRateShare).toBeLessThanOrEqual(1);
    expect(proposal.changes.learningRate).toBeUndefined();
    expect(proposal.sentence).toContain('instead of learning rate of fine-tuning 0.1,');
  });

  test('is examined behind a head whose own rate was replaced, where that cannot be trained with', async () => {
    const { steps } = await run({ ...config, learningRate: 10, tuneRateShare: 1e-4 });
    expect(steps[2]?.advice[0]).toMatchObject({ code: 'learning-rate/too-high', details: { learningRate: 10 } });
    expect(steps[0]?.evidence.numbers['loss']).toBeLessThan(Math.log(2));
  });

  test('says what was looked at, on how many pictures, and of the head too; crosses as JSON', async () => {
    const { steps } = await run(config);
    const [first, , rate, coarse] = steps;
    expect(coarse?.evidence.summary).toContain('Fine-tuning from layer_1 on (searched on 90 of 90 training pictures)');
    expect(coarse?.evidence.summary).toContain('30 pictures held out of the 90 training pictures');
    expect(first?.evidence.numbers['headLoss']).toBeCloseTo(Math.log(2), 1);
    expect(rate?.evidence.plots.map(({ title }) => title.split(':')[0])).toEqual([
      'Head',
      'Fine-tuning from layer_1 on',
    ]);
    expect(steps.map((step) => coachStep.parse(JSON.parse(JSON.stringify(step))))).toEqual(steps);
  });

  test('from a random head starts at log(classes), and a head tells of the labels', async () => {
    const { steps } = await run({ ...config, headFirst: false });
    expect(steps[0]?.evidence.numbers).toMatchObject({ loss: expect.closeTo(Math.log(2), 1) as number });
    expect(steps[1]?.evidence.numbers['heldOutAccuracy']).toBeGreaterThan(0.7);
  });

  test('no picture of the validation split has a say in the proposal', async () => {
    const data = tailData({ seed: 1, sizes: [60, 60], strength: 0.35 });
    const labels = data.labels.map((label, row) => (data.validationRows.includes(row) ? 1 - label : label));
    const proposals = [data.labels, labels].map(async (those) => {
      const changed = { ...data, labels: those };
      const head = createHeadSubject({ ...changed, source: data.embeddings });
      const { steps, proposal } = await coach(createTailSubject(changed, config), config, { classNames: [], head });
      return [proposal.changes, proposal.sentence, steps[2]!.evidence, steps[3]!.evidence];
    });
    const [own, other] = await Promise.all(proposals);
    expect(other).toEqual(own);
  });

  test('leaves no tensor behind', async () => {
    expect(await countLeakedTensors(() => run(config))).toBe(0);
  });
});
