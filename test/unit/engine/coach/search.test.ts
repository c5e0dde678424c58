import { describe, expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { HEAD_DIALS, SCRATCH_DIALS, TUNE_DIALS } from '../../../../src-main/engine/coach/dials.ts';
import { compareSettings, explainChoice } from '../../../../src-main/engine/coach/explain.ts';
import { byClass, foldsOf, sampleRows } from '../../../../src-main/engine/coach/folds.ts';
import type { Measured } from '../../../../src-main/engine/coach/measure.ts';
import { drawSettings, successiveHalving } from '../../../../src-main/engine/coach/search.ts';

const config: TrainConfig = DEFAULT_TRAIN_CONFIG;

describe('random settings', () => {
  const range = { learningRate: [1e-4, 1e-2], weightDecay: [1e-5, 1] } as const;
  const space = { ...range, initialisations: ['he', 'xavier'], dropouts: [0, 0.2, 0.5] } as const;
  const draw = (count: number, round: number, from = config, dials = HEAD_DIALS) =>
    drawSettings(dials, from, space, { count, round });

  test('spread evenly over the decades, the present ones first, and come again with the seed', () => {
    const drawn = draw(4001, 0);
    expect(drawn[0]).toEqual(config);
    expect(draw(4001, 0)).toEqual(drawn);
    expect(draw(3, 1)[1]).not.toEqual(drawn[1]);
    const rates = drawn.slice(1).map(({ learningRate }) => Math.log10(learningRate));
    const shares = [-4, -3.5, -3, -2.5].map((from) => rates.filter((r) => r >= from && r < from + 0.5).length / 4000);
    for (const share of shares) expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
  });

  test('have what hidden layers begin with and drop drawn as well, each alike often, and purely by the seed', () => {
    const deep: TrainConfig = { ...config, head: { ...config.head, hidden: [64], initialisation: 'small' } };
    const drawn = draw(3001, 0, deep).slice(1);
    expect(draw(3001, 0, deep).slice(1)).toEqual(drawn);
    expect(draw(3, 0, { ...deep, seed: 1 })[1]?.head).not.toEqual(undefined);
    const shareOf = (is: (one: TrainConfig) => boolean) => drawn.filter(is).length / 3000;
    for (const kind of space.initialisations)
      expect(Math.abs(shareOf(({ head }) => head.initialisation === kind) - 1 / 2)).toBeLessThan(0.03);
    for (const share of space.dropouts)
      expect(Math.abs(shareOf(({ head }) => head.dropout === share) - 1 / 3)).toBeLessThan(0.03);
    expect(drawn.every(({ head }) => head.hidden.length === 1)).toBe(true);
  });

  test('leave alone what a linear head has not', () => {
    expect(draw(20, 0).map(({ head }) => head)).toEqual(new Array(20).fill(config.head));
  });

  test('are written where the run keeps them: of a network from scratch its own start, of fine-tuning a share', () => {
    const scratch = draw(40, 0, { ...config, mode: 'scratch' }, SCRATCH_DIALS).slice(1);
    expect(new Set(scratch.map((one) => one.scratch.initialisation))).toEqual(new Set(['he', 'xavier']));
    expect(new Set(scratch.map(({ head }) => head.dropout))).toEqual(new Set([0, 0.2, 0.5]));
    const tuned = draw(40, 0, { ...config, mode: 'upper' }, TUNE_DIALS).slice(1);
    expect(new Set(tuned.map(({ learningRate }) => learningRate))).toEqual(new Set([config.learningRate]));
    for (const { tuneRateShare } of tuned) {
      expect(tuneRateShare).toBeGreaterThanOrEqual(0.1); // 0.0001 of 0.001
      expect(tuneRateShare).toBeLessThanOrEqual(10);
    }
  });

  test('are halved: each round trains a third of them for three times as long, and keeps the best', async () => {
    const candidates = Array.from({ length: 9 }, (_, index) => ({ ...config, learningRate: 0.001 * (index + 1) }));
    const trained: [count: number, epochs: number][] = [];
    const rounds = await successiveHalving<{ config: TrainConfig; score: number }>(candidates, {
      fewestEpochs: 2,
      mostEpochs: 15,
      eta: 3,
      compare: (a, b) => b.score - a.score,
      measure(configs, epochs) {
        trained.push([configs.length, epochs]);
        return Promise.resolve(configs.map((one) => ({ config: one, score: -Math.abs(one.learningRate - 0.004) })));
      },
    });
    expect(trained).toEqual([
      [9, 2],
      [3, 6],
      [1, 15],
    ]);
    expect(rounds.at(-1)?.measured[0]?.config.learningRate).toBe(0.004);
    expect(rounds[1]?.measured.map((one) => one.config.learningRate).sort()).toEqual([0.003, 0.004, 0.005]);
  });
});

describe('folds', () => {
  const labels = Uint32Array.from({ length: 53 }, (_, row) => (row < 40 ? 0 : row < 52 ? 1 : 2));
  const rows = Uint32Array.from(labels.keys());

  test('let each picture check once and never where it is learned from, classes spread evenly', () => {
    const folds = foldsOf({ labels }, rows, 5, 1);
    expect(folds).toHaveLength(5);
    const checked = folds.flatMap(({ validationRows }) => [...validationRows]).sort((a, b) => a - b);
    expect(checked).toEqual([...rows.slice(0, 52)]); // the class of one picture never checks
    for (const { trainingRows, validationRows } of folds) {
      expect([...validationRows].filter((row) => trainingRows.includes(row))).toEqual([]);
      expect(trainingRows.length + validationRows.length).toBe(53);
      const sizes = new Map(byClass(labels, validationRows).map(([label, members]) => [label, members.length]));
      expect(sizes.get(0)).toBe(8);
      expect([2, 3]).toContain(sizes.get(1));
    }
  });

  test('are others in another repeat, and the same with the same seed', () => {
    expect(foldsOf({ labels }, rows, 5, 1, 1)).not.toEqual(foldsOf({ labels }, rows, 5, 1));
    expect(foldsOf({ labels }, rows, 5, 1)).toEqual(foldsOf({ labels }, rows, 5, 1));
  });

  test('a sample has so many of each class, as far as there are', () => {
    const sample = sampleRows({ labels }, rows, 10, 4);
    expect(byClass(labels, sample).map(([label, members]) => [label, members.length])).toEqual([
      [0, 10],
      [1, 10],
      [2, 1],
    ]);
    expect([...sample]).toEqual([...sample].sort((a, b) => a - b));
    expect(sampleRows({ labels }, rows, 10, 5)).not.toEqual(sample);
  });
});

describe('the choice', () => {
  const rights = (count: number) => Float64Array.from({ length: 100 }, (_, index) => (index < count ? 1 : 0));
  const measured = (learningRate: number, count: number): Measured => ({
    config: { ...config, learningRate },
    accuracy: count / 100,
    standardError: 0.03,
    loss: 1,
    rightShares: rights(count),
  });

  test('keeps the settings where the difference is luck, and says so with the numbers', () => {
    const comparison = compareSettings(measured(0.003, 92), measured(0.001, 90), 15);
    expect(comparison.isBetter).toBe(false);
    expect(explainChoice(HEAD_DIALS, comparison, config, '5 folds')).toBe(
      'Learning rate 0.003 and weight decay 0.01: 92.0 % ± 3.0, against 90.0 % ± 3.0 with learning rate 0.001 and weight decay 0.01, 1.4 standard errors apart: kept the settings as they are, since among 15 settings, less than 2.7 is luck (5 folds).',
    );
  });

  test('takes what is better beyond luck; the more settings were tried, the more that takes', () => {
    const [best, baseline] = [measured(0.003, 92), measured(0.001, 82)];
    const few = compareSettings(best, baseline, 15);
    expect([few.isBetter, few.z.toFixed(2)]).toEqual([true, '3.32']);
    expect(explainChoice(HEAD_DIALS, few, config, '5 folds')).toBe(
      'Learning rate 0.003 and weight decay 0.01: 92.0 % ± 3.0, against 82.0 % ± 3.0 with learning rate 0.001 and weight decay 0.01, 3.3 standard errors apart (5 folds).',
    );
    expect(compareSettings(best, baseline, 500).isBetter).toBe(false);
  });

  test('says that nothing did better', () => {
    const own = measured(0.001, 90);
    expect(explainChoice(HEAD_DIALS, compareSettings(own, own, 15), config, '5 folds')).toBe(
      'Learning rate 0.001 and weight decay 0.01: 90.0 % ± 3.0; none of 15 other settings did better (5 folds).',
    );
  });
});
