import { beforeAll, describe, expect, test } from 'vitest';
import {
  DEFAULT_TRAIN_CONFIG,
  EMBEDDING_PREPROCESSINGS,
  type TrainConfig,
} from '../../../../src-main/contract/training.ts';
import { predictHead } from '../../../../src-main/engine/evaluate/predict-head.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import { epochOrder } from '../../../../src-main/engine/train/balance.ts';
import type { EpochReport } from '../../../../src-main/engine/train/epoch-report.ts';
import type { LabelledExamples } from '../../../../src-main/engine/train/labelled-examples.ts';
import { trainHead } from '../../../../src-main/engine/train/train-heads.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';

beforeAll(loadTestBackend);

/** Clouds around one centre a class, far from zero and of unequal scale, as embeddings are. */
interface Clouds extends LabelledExamples {
  /** float32 [images, featureCount]: what the source reads. */
  readonly features: Float32Array;
  readonly featureCount: number;
}

function clouds({ imageCount = 120, classCount = 3, featureCount = 16, spread = 0.3 } = {}): Clouds {
  const random = createRandom(11);
  const centres = Array.from({ length: classCount * featureCount }, () => gaussian(random));
  const labels = Uint32Array.from({ length: imageCount }, (_, row) => row % classCount);
  const features = Float32Array.from({ length: imageCount * featureCount }, (_, index) => {
    const [row, feature] = [Math.floor(index / featureCount), index % featureCount];
    return 5 + 2 ** (feature % 3) * (centres[labels[row]! * featureCount + feature]! + spread * gaussian(random));
  });
  const rows = Uint32Array.from({ length: imageCount }, (_, row) => row);
  return {
    features,
    featureCount,
    source: inMemory(features, [featureCount]),
    labels,
    classCount,
    trainingRows: rows.filter((row) => row % 4 !== 0),
    validationRows: rows.filter((row) => row % 4 === 0),
  };
}

const config: TrainConfig = { ...DEFAULT_TRAIN_CONFIG, epochs: 12, patience: 0, seed: 5 };

async function trainAndWatch(data: LabelledExamples, changes: Partial<typeof config> = {}, stopSignal?: AbortSignal) {
  const reports: EpochReport[] = [];
  const trained = await trainHead(
    data,
    { ...config, ...changes },
    {
      onEpoch: (report) => reports.push(report),
      ...(stopSignal ? { stopSignal } : {}),
    },
  );
  return { trained, reports };
}

/** Mean cross-entropy on the validation rows, by hand. */
function validationLossOf({ labels, validationRows }: LabelledExamples, probabilities: readonly number[][]): number {
  const losses = probabilities.map((row, index) => -Math.log(row[labels[validationRows[index]!]!]!));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

const withoutPredicted = (report: EpochReport) => ({ ...report, predicted: undefined });

describe('a linear head', () => {
  test('starts near log(classes) and learns separable clouds', async () => {
    const { trained, reports } = await trainAndWatch(clouds(), { learningRate: 0.01 });
    const data = clouds();
    const chosen = predictHead(data.features, data.validationRows, trained.head).map((p) => p.indexOf(Math.max(...p)));
    expect(reports[0]!.trainLoss).toBeLessThan(Math.log(3) + 0.05);
    expect(chosen).toEqual([...data.validationRows].map((row) => data.labels[row]));
  });

  test('tells what it gives to watched pictures, across the chunks that are measured together', async () => {
    const data = clouds({ imageCount: 5000, spread: 2 }); // 1,250 to validate, in chunks of 1,024
    const watchedPlaces = [0, 7, 1023, 1024, 1249];
    const reports: EpochReport[] = [];
    const options = { watchedPlaces, onEpoch: (report: EpochReport) => reports.push(report) };
    const { head, bestEpoch } = await trainHead(data, { ...config, epochs: 3 }, options);
    const rows = Uint32Array.from(watchedPlaces, (place) => data.validationRows[place]!);
    const kept = predictHead(data.features, rows, head).map((p) => p.indexOf(Math.max(...p)));
    expect(reports[bestEpoch - 1]!.predicted).toEqual(kept);
    const unwatched = await trainAndWatch(data, { epochs: 3 });
    expect(reports.map((report) => withoutPredicted(report))).toEqual(unwatched.reports);
  });

  test('overfits one batch to a loss near zero', async () => {
    const data = clouds({ imageCount: 16, spread: 3 });
    const rows = Uint32Array.from({ length: 16 }, (_, row) => row);
    const { reports } = await trainAndWatch(
      { ...data, trainingRows: rows, validationRows: rows },
      { epochs: 200, learningRate: 0.05, weightDecay: 0 },
    );
    expect(reports.at(-1)!.trainLoss).toBeLessThan(0.01);
    expect(reports.at(-1)!.trainAccuracy).toBe(1);
  });

  test('gives equal losses and equal bytes for equal seeds, and others for another seed', async () => {
    const [first, again, other] = [
      await trainAndWatch(clouds()),
      await trainAndWatch(clouds()),
      await trainAndWatch(clouds(), { seed: 6 }),
    ];
    expect(again.reports).toEqual(first.reports);
    expect(again.trained.head).toEqual(first.trained.head);
    expect(other.reports).not.toEqual(first.reports);
  });

  test.each(EMBEDDING_PREPROCESSINGS)('answers on raw features as it did after %s', async (embeddingPreprocessing) => {
    const data = clouds();
    const { trained, reports } = await trainAndWatch(data, { embeddingPreprocessing });
    const best = reports[trained.bestEpoch - 1]!;
    const probabilities = predictHead(data.features, data.validationRows, trained.head);
    expect(validationLossOf(data, probabilities)).toBeCloseTo(best.validationLoss, 4);
  });

  test('learns as much from all principal components as from the features themselves, and less from one', async () => {
    const lossWith = async (changes: Partial<TrainConfig>) => {
      const plain = { optimizer: 'sgd' as const, learningRate: 0.02, epochs: 6, weightDecay: 0 };
      const { reports } = await trainAndWatch(clouds(), { ...plain, ...changes });
      return reports.at(-1)!.validationLoss;
    };
    // A turn changes no distance: from weights of 0 on, gradient descent sees the same. They start near 0.
    const centred = await lossWith({ embeddingPreprocessing: 'centre' });
    expect(await lossWith({ embeddingPreprocessing: 'pca' })).toBeCloseTo(centred, 2);
    expect(await lossWith({ embeddingPreprocessing: 'pca', pcaComponents: 1 })).toBeGreaterThan(centred + 0.1);
  });

  test('asks for no more principal components than there are', async () => {
    const many = { embeddingPreprocessing: 'pca' as const, pcaComponents: 17 };
    await expect(trainAndWatch(clouds(), many)).rejects.toMatchObject({ code: 'setting/out-of-range' });
  });

  test('keeps the epoch of the lowest validation loss, and stops when it stays worse', async () => {
    const data = clouds({ spread: 4, imageCount: 60 });
    const { trained, reports } = await trainAndWatch(data, { epochs: 300, learningRate: 0.03, patience: 5 });
    const losses = reports.map(({ validationLoss }) => validationLoss);
    expect(trained.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(reports.length).toBe(trained.bestEpoch + 5);
    const kept = predictHead(data.features, data.validationRows, trained.head);
    expect(validationLossOf(data, kept)).toBeCloseTo(Math.min(...losses), 4);
    expect(validationLossOf(data, kept)).toBeLessThan(losses.at(-1)! - 1e-3);
    expect(reports.filter(({ isBest }) => isBest).at(-1)!.epoch).toBe(trained.bestEpoch);
  });

  test('keeps the best epoch when it is stopped, and says so', async () => {
    const stop = new AbortController();
    const trained = await trainHead(
      clouds(),
      { ...config, epochs: 1000 },
      {
        onEpoch: ({ epoch }) => epoch === 3 && stop.abort(),
        stopSignal: stop.signal,
      },
    );
    expect(trained).toMatchObject({ stoppedEarly: true, ranEpochs: 3, bestEpoch: 3 });
  });

  test('is cancelled when it is stopped before an epoch has ended', async () => {
    await expect(trainAndWatch(clouds(), {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'run/cancelled' });
  });

  test('reports divergence with the learning rate that caused it', async () => {
    const data = clouds();
    data.features[data.trainingRows[0]! * data.featureCount] = Infinity;
    await expect(trainAndWatch(data, { learningRate: 3 })).rejects.toMatchObject({
      code: 'run/diverged',
      details: { learningRate: 3 },
    });
  });

  test('is not thrown by a feature that is constant in training and moves later', async () => {
    const data = clouds();
    for (let row = 0; row < data.labels.length; row++) data.features[row * data.featureCount] = row % 4 === 0 ? 9 : 5;
    const { reports } = await trainAndWatch(data, { learningRate: 0.01 });
    expect(reports.at(-1)!.validationAccuracy).toBeGreaterThan(0.9);
  });

  test('leaves no tensor behind, also when it fails', async () => {
    expect(await countLeakedTensors(() => trainAndWatch(clouds()))).toBe(0);
    expect(await countLeakedTensors(() => trainAndWatch(clouds(), { embeddingPreprocessing: 'whiten' }))).toBe(0);
    const failing = () => trainAndWatch(clouds(), {}, AbortSignal.abort()).catch(() => undefined);
    expect(await countLeakedTensors(failing)).toBe(0);
  });
});

test('the order of an epoch holds every row once, and depends on the seed and on the epoch', () => {
  const rows = Uint32Array.from({ length: 40 }, (_, index) => index * 3);
  const order = epochOrder(rows, 1, 0);
  expect([...order].sort((a, b) => a - b)).toEqual([...rows]);
  expect(epochOrder(rows, 1, 0)).toEqual(order);
  expect(epochOrder(rows, 2, 0)).not.toEqual(order);
  expect(epochOrder(rows, 1, 1)).not.toEqual(order);
});
