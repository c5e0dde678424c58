import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { inMemory, type ExampleSource } from '../../../../src-main/engine/features/example-source.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import type { LabelledExamples } from '../../../../src-main/engine/train/labelled-examples.ts';
import { trainHead, trainHeads, type HeadOutcome } from '../../../../src-main/engine/train/train-heads.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { relativeError } from '../../../helpers/random-network.ts';
import { readReferenceHeads, trainReferenceHead } from '../../../helpers/reference-heads.ts';

beforeAll(loadTestBackend);

const FEATURES = 12;

function examples(imageCount = 90, classCount = 3): LabelledExamples {
  const random = createRandom(23);
  const centres = Array.from({ length: classCount * FEATURES }, () => gaussian(random));
  const labels = Uint32Array.from({ length: imageCount }, (_, row) => row % classCount);
  const values = Float32Array.from({ length: imageCount * FEATURES }, (_, index) => {
    const [row, feature] = [Math.floor(index / FEATURES), index % FEATURES];
    return 3 + centres[labels[row]! * FEATURES + feature]! + 1.3 * gaussian(random);
  });
  const rows = Uint32Array.from(labels.keys());
  return {
    source: inMemory(values, [FEATURES]),
    labels,
    classCount,
    trainingRows: rows.filter((row) => row % 4 !== 0),
    validationRows: rows.filter((row) => row % 4 === 0),
  };
}

const base: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, epochs: 40, patience: 4, batchSize: 16 };

/** A grid of rates, decays and smoothings for two seeds, of which the second has fewer heads. */
const grid: TrainConfig[] = [
  ...[0.001, 0.01, 0.1].flatMap((learningRate) =>
    [0, 0.1].map((weightDecay) => ({ ...base, learningRate, weightDecay })),
  ),
  { ...base, learningRate: 0.01, labelSmoothing: 0.2 },
  ...[0.003, 0.03, 0.3].map((learningRate) => ({ ...base, learningRate, seed: 1 })),
  { ...base, learningRate: 0.03, weightDecay: 1, seed: 1 },
];

function expectAlike(got: HeadOutcome, alone: HeadOutcome): void {
  const { head, validationLoss, ...rest } = got;
  expect(rest).toEqual({ ...rest, ...withoutNumbers(alone) });
  expect(validationLoss).toBeCloseTo(alone.validationLoss, 5);
  expect(relativeError(head!.kernel.values, alone.head!.kernel.values)).toBeLessThan(1e-5);
  expect(relativeError(head!.bias.values, alone.head!.bias.values)).toBeLessThan(1e-5);
}

function withoutNumbers({ bestEpoch, ranEpochs, validationAccuracy, isDiverged }: HeadOutcome) {
  return { bestEpoch, ranEpochs, validationAccuracy, isDiverged };
}

test.each(readReferenceHeads())('a head trains as in PyTorch, case %#', async (wanted) => {
  const { bestEpoch, difference } = await trainReferenceHead(wanted);
  expect(bestEpoch).toBe(wanted.bestEpoch);
  expect(difference).toBeLessThan(1e-4);
});

describe('many heads at once', () => {
  test.each<[string, Partial<TrainConfig>]>([
    ['AdamW', {}],
    ['momentum, a cosine and warm-up', { optimizer: 'sgd', schedule: 'cosine', warmupEpochs: 2 }],
    ['clipping and a moving average', { clipNorm: 0.5, emaDecay: 0.8 }],
    ['class weights', { balance: 'weights' }],
    ['balanced sampling', { balance: 'sampling' }],
  ])('are each what they are when they are trained alone: %s', async (_, changes) => {
    const configs = grid.map((config) => ({ ...config, ...changes }));
    const together = await trainHeads(examples(), configs);
    for (const [index, config] of configs.entries()) {
      const [alone] = await trainHeads(examples(), [config]);
      expectAlike(together[index]!, alone!);
    }
    expect(new Set(together.map(({ ranEpochs }) => ranEpochs)).size).toBeGreaterThan(2); // they stop at different epochs
  });

  test('one that diverges is marked and leaves the others alone', async () => {
    const wild = { ...base, optimizer: 'sgd' as const, learningRate: 10, weightDecay: 10 };
    const calm = { ...base, optimizer: 'sgd' as const, learningRate: 0.01 };
    const [first, second] = await trainHeads(examples(), [
      { ...wild, epochs: 40, patience: 0 },
      { ...calm, patience: 0 },
    ]);
    expect(first!.isDiverged).toBe(true);
    const [alone] = await trainHeads(examples(), [{ ...calm, patience: 0 }]);
    expectAlike(second!, alone!);
  });

  test('report every epoch of every head that still trains', async () => {
    const seen = grid.map(() => 0);
    const outcomes = await trainHeads(examples(), grid, {
      onEpoch: (reports) => reports.forEach(({ epoch }, place) => (seen[place] = epoch)),
    });
    expect(seen).toEqual(outcomes.map(({ ranEpochs }) => ranEpochs));
  });

  test('differ in nothing that the stack cannot hold apart', async () => {
    await expect(trainHeads(examples(), [base, { ...base, batchSize: 8 }])).rejects.toThrow(/differ in more than/);
    expect(await trainHeads(examples(), [])).toEqual([]);
  });

  test('leave no tensor behind', async () => {
    expect(await countLeakedTensors(() => trainHeads(examples(), grid))).toBe(0);
    const stopSignal = AbortSignal.abort();
    expect(await countLeakedTensors(() => trainHeads(examples(), grid, { stopSignal }))).toBe(0);
  });
});

describe('a head', () => {
  test('is the same to the byte whether its set stays on the device or is read batch by batch', async () => {
    const data = examples(3000);
    let longest = 0;
    const source: ExampleSource = {
      ...data.source,
      read(rows, epoch, target) {
        longest = Math.max(longest, rows.length);
        return data.source.read(rows, epoch, target);
      },
    };
    const configs = [{ ...base, epochs: 3, learningRate: 0.01 }];
    const resident = await trainHeads(data, configs);
    const streamed = await trainHeads({ ...data, source }, configs, { residentBytes: 0 });
    expect(streamed).toEqual(resident);
    expect(longest).toBeLessThanOrEqual(1024);
  });

  test('starts from weights as many times larger as was asked for', async () => {
    const still = [{ ...base, epochs: 1, learningRate: 1e-12 }];
    const [plain] = await trainHeads(examples(), still);
    const [large] = await trainHeads(examples(), still, { initialScale: 50 });
    const scaled = plain!.head!.kernel.values.map((value) => 50 * value);
    expect(relativeError(large!.head!.kernel.values, scaled)).toBeLessThan(1e-5);
  });

  test('reads an augmented source anew for every epoch, and measures plain rows', async () => {
    const plain = examples();
    const epochs = new Set<number | null>();
    const source: ExampleSource = {
      ...plain.source,
      isVaried: true,
      read(rows, epoch, target) {
        epochs.add(epoch);
        return plain.source.read(rows, epoch, target);
      },
    };
    await trainHead({ ...plain, source }, { ...base, epochs: 5, patience: 0 });
    expect([...epochs]).toEqual([null, 0, 1, 2, 3, 4]);
  });
});
