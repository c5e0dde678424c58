import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { drawCurves } from '../../../../src-main/engine/coach/curves.ts';
import { createHeadSubject } from '../../../../src-main/engine/coach/head-subject.ts';
import { initialLoss } from '../../../../src-main/engine/coach/initial-loss.ts';
import { sweepLearningRate } from '../../../../src-main/engine/coach/learning-rate.ts';
import { overfitALittle } from '../../../../src-main/engine/coach/overfit-a-little.ts';
import type { Subject } from '../../../../src-main/engine/coach/subject.ts';
import type { LabelledExamples } from '../../../../src-main/engine/train/labelled-examples.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { clouds, corners, networkSubject, shuffled } from '../../../helpers/coach-subjects.ts';

beforeAll(loadTestBackend);

const config: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, epochs: 30 };
/** For networks, each of which is a training of its own. */
const short: TrainConfig = { ...config, epochs: 20, learningRate: 0.003 };

const plain = (seed = 0) => clouds({ seed, sizes: [100, 100, 100], featureCount: 256, distance: 6 });
const names = ['ant', 'bee', 'cat', 'dog'];

const start = async (subject: Subject, started = config) => (await initialLoss(subject, started)).result;
const little = (subject: Subject, started = config) => overfitALittle(subject, started, { names, prober: subject });
const curves = async (subject: Subject, started = config) => (await drawCurves(subject, started)).result;
async function sweep(subject: Subject, started = config) {
  const { facts } = await initialLoss(subject, started);
  return sweepLearningRate(subject, started, facts);
}

describe('the first loss', () => {
  test('passes for a head as it starts', async () => {
    expect(await start(createHeadSubject(plain()))).toMatchObject({ verdict: 'pass', advice: [], actions: [] });
  });

  test('tells a last layer that was scaled by 50, with the numbers', async () => {
    const result = await start(createHeadSubject(plain(), { initialScale: 50 }));
    expect(result).toMatchObject({ verdict: 'fail', advice: [{ code: 'initial-loss/high' }] });
    const { loss, expected } = result.evidence.numbers;
    expect(expected).toBeCloseTo(Math.log(3));
    expect(loss).toBeGreaterThan(3 * expected!);
  });

  test('tells layers that all start at zero, though it is log(classes) to the last digit', async () => {
    const subject = networkSubject(plain(), { hiddenCount: 16, initialisation: 'zero' });
    const result = await start(subject, short);
    expect(result.evidence.numbers['loss']).toBeCloseTo(Math.log(3), 6);
    expect(result).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'initial-loss/twin-units', details: { layer: 'hidden_1', share: 1 } }],
      actions: [{ label: 'Initialise by He' }],
    });
    expect(await start(networkSubject(plain(), { hiddenCount: 16, initialisation: 'he' }))).toMatchObject({
      verdict: 'pass',
    });
  });
});

describe('overfitting a little', () => {
  test.each([1, 2, 3])('tells labels that were shuffled, shuffle %i', async (seed) => {
    expect(await little(createHeadSubject(shuffled(plain(), seed)))).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'labels/meaningless', details: { count: 225 } }],
    });
  });

  test('tells a data set that is one class under two names', async () => {
    const data = clouds({ seed: 4, sizes: [200, 200], featureCount: 128, distance: 6, sameAs: { 1: 0 } });
    expect(await little(createHeadSubject(data))).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'labels/meaningless' }],
    });
  });

  test('tells one class in two folders among others', async () => {
    const data = clouds({ seed: 3, sizes: [140, 140, 140, 140], featureCount: 128, distance: 6, sameAs: { 3: 1 } });
    expect(await little(createHeadSubject(data))).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'labels/same-class', details: { first: 'bee', second: 'dog' } }],
    });
  });

  test('claims nothing of labels where there are too few pictures of each class to tell', async () => {
    const hard = [1, 2, 3].map((seed) => clouds({ seed, sizes: [20, 20], featureCount: 256, distance: 1 }));
    const mixed = [1, 2, 3].map((seed) =>
      shuffled(clouds({ seed, sizes: [20, 20, 20, 20], featureCount: 64, distance: 6 }), seed),
    );
    for (const data of [...hard, ...mixed]) {
      const { advice } = await little(createHeadSubject(data));
      const claims = advice.map(({ code }) => code).filter((code) => code.startsWith('labels/'));
      expect(claims.filter((code) => code !== 'labels/unclear')).toEqual([]);
    }
  });

  test('tells a rate with which nothing is learned, and offers one that works', async () => {
    const { verdict, advice, actions } = await little(createHeadSubject(plain()), { ...config, learningRate: 1e-7 });
    expect([verdict, advice[0]?.code]).toEqual(['fail', 'overfit/wrong-rate']);
    expect(actions[0]?.changes.learningRate).toBeGreaterThan(1e-5);
  });

  test('tells a model that cannot hold a few pictures', async () => {
    expect(await little(createHeadSubject(corners(5, 400)))).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'overfit/impossible' }], // and the labels are not blamed: neighbours see what they mean
      actions: [{ changes: { mode: 'upper' } }],
    });
  });
});

describe('the sweep of learning rates', () => {
  test('tells a rate 100 times too high, and offers one that is of use', async () => {
    const { result, learningRate } = await sweep(createHeadSubject(wide()), { ...config, learningRate: 0.1 });
    expect(result).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'learning-rate/too-high' }],
      actions: [{ changes: { learningRate } }],
    });
    expect(learningRate).toBeLessThan(0.03);
  });

  test('tells a rate so low that the run would end before it has learned', async () => {
    const { result, learningRate } = await sweep(createHeadSubject(wide()), { ...config, learningRate: 1e-6 });
    expect(result).toMatchObject({ verdict: 'fail', advice: [{ code: 'learning-rate/too-low' }] });
    expect(learningRate).toBeGreaterThan(1e-4);
  });

  test('passes the default rate', async () => {
    const { result, learningRate } = await sweep(createHeadSubject(wide()));
    expect([result.verdict, learningRate]).toEqual(['pass', config.learningRate]);
  });
});

/** As many features as a backbone gives. */
function wide(): LabelledExamples {
  return clouds({ seed: 8, sizes: [100, 100, 100], featureCount: 768, distance: 6 });
}

describe('the curves', () => {
  test('tell a head that is too small for what there is to learn', async () => {
    expect(await curves(createHeadSubject(corners(5, 400)))).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'curves/underfitting' }],
      actions: [{ changes: { mode: 'upper' } }],
    });
  });

  test('tell a network that is too small, also where nobody else has an opinion', async () => {
    const subject = networkSubject(corners(5, 400), { hiddenCount: 1, initialisation: 'he' });
    const { verdict, advice } = await curves(subject, short);
    expect([verdict, advice[0]?.code]).toEqual(['fail', 'curves/underfitting']);
  });

  test('tell a network that learns its pictures by heart', async () => {
    const data = clouds({ seed: 6, sizes: [200, 200], featureCount: 256, distance: 1 });
    const subject = networkSubject(data, { hiddenCount: 64, initialisation: 'he' });
    expect(await curves(subject, short)).toMatchObject({
      verdict: 'fail',
      advice: [{ code: 'curves/overfitting' }],
      actions: [{ changes: { augmentation: 'cached' } }],
    });
  });

  test('tell a run that ends while it still gets better', async () => {
    const { advice, actions } = await curves(createHeadSubject(plain()), { ...config, epochs: 16, learningRate: 3e-4 });
    expect(advice.map(({ code }) => code)).toContain('curves/still-climbing');
    expect(actions).toContainEqual({ label: 'Train up to 32 epochs', changes: { epochs: 32 } });
  });

  test('tell a start that holds up the loss', async () => {
    const subject = networkSubject(plain(), { hiddenCount: 16, initialisation: 'tiny' });
    const { advice } = await curves(subject, { ...short, epochs: 30, learningRate: 3e-4 });
    expect(advice.map(({ code }) => code)).toContain('curves/flat-start');
  });

  test('tell a loss that only a decaying rate brings down', async () => {
    const data = clouds({ seed: 7, sizes: [300, 300], featureCount: 12, distance: 2.5 });
    const { advice, actions } = await curves(createHeadSubject(data), { ...config, optimizer: 'sgd', learningRate: 3 });
    expect(advice.map(({ code }) => code)).toContain('curves/plateau');
    expect(actions.map(({ changes }) => changes)).toContainEqual({ schedule: 'cosine' });
  });
});
