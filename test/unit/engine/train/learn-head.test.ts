import { beforeAll, describe, expect, test } from 'vitest';
import {
  DEFAULT_TRAIN_CONFIG,
  HIDDEN_ACTIVATIONS,
  type HeadSettings,
  type TrainConfig,
} from '../../../../src-main/contract/training.ts';
import { predictBehind } from '../../../../src-main/engine/evaluate/predict-rows.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { parametersOf } from '../../../../src-main/engine/network/parameters.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import type { EpochReport } from '../../../../src-main/engine/train/epoch-report.ts';
import { learnHead } from '../../../../src-main/engine/train/learn-head.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { sequenceParameter } from '../../../helpers/formula.ts';

beforeAll(loadTestBackend);

const FEATURES = 6;
const backbone: Network = {
  nodes: [
    { op: 'input', name: 'pixels', inputs: [], shape: [8, 8, 3], mean: 0, scale: 1 },
    {
      op: 'conv2d',
      name: 'conv',
      inputs: ['pixels'],
      stride: 2,
      kernel: sequenceParameter(1, [3, 3, 3, FEATURES]),
      bias: sequenceParameter(2, [FEATURES]),
    },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['conv'] },
  ],
};

/** Two features of which exactly one is large, or both or none: no line parts them. The others are noise; none has mean 0. */
function exclusiveOr(imageCount = 120) {
  const random = createRandom(41);
  const labels = Uint32Array.from({ length: imageCount }, (_, row) => (row ^ (row >> 1)) & 1);
  const values = Float32Array.from({ length: imageCount * FEATURES }, (_, index) => {
    const [row, feature] = [Math.floor(index / FEATURES), index % FEATURES];
    const signal = feature === 0 ? row & 1 : feature === 1 ? (row >> 1) & 1 : 0.5;
    return 10 + feature + 4 * signal + 0.4 * gaussian(random);
  });
  const rows = Uint32Array.from(labels.keys());
  return {
    backbone,
    source: inMemory(values, [FEATURES]),
    labels,
    classCount: 2,
    trainingRows: rows.filter((row) => Math.floor(row / 4) % 3 !== 0),
    validationRows: rows.filter((row) => Math.floor(row / 4) % 3 === 0),
  };
}

async function learn(
  head: Partial<HeadSettings> = {},
  changes: Partial<TrainConfig> = {},
  stopSignal = new AbortController().signal,
) {
  const reports: EpochReport[] = [];
  const config: TrainConfig = {
    ...DEFAULT_TRAIN_CONFIG,
    epochs: 60,
    learningRate: 0.02,
    batchSize: 16,
    patience: 0,
    seed: 3,
    ...changes,
    head: { ...DEFAULT_TRAIN_CONFIG.head, ...head },
  };
  const learned = await learnHead(exclusiveOr(), config, {
    onEpoch: (report) => reports.push(report),
    onDiagnostics: () => undefined,
    stopSignal,
  });
  return { learned, reports };
}

/** Mean cross-entropy and accuracy of the validation rows, of the embeddings as they are. */
async function measure(network: Network) {
  const { source, labels, validationRows } = exclusiveOr();
  const probabilities = await predictBehind(network, 'embedding', source, validationRows);
  const ofTruth = probabilities.map((row, index) => row[labels[validationRows[index]!]!]!);
  return {
    loss: ofTruth.reduce((sum, value) => sum - Math.log(value), 0) / ofTruth.length,
    accuracy: ofTruth.filter((value) => value > 0.5).length / ofTruth.length,
  };
}

const weightsOf = ({ nodes }: Network) =>
  nodes.filter(({ op }) => op === 'dense').flatMap((node) => parametersOf(node).map(([, { values }]) => values));

const NOISY: Partial<HeadSettings> = { hidden: [16, 8], dropout: 0.3, dropoutKind: 'plain', dropConnect: 0.1 };

describe('a head with hidden layers', () => {
  test.each<[string, Partial<HeadSettings>, Partial<TrainConfig>]>([
    ['hidden layers', NOISY, {}],
    ['plain dropout of the embedding', { dropout: 0.5, dropoutKind: 'plain' }, { epochs: 8 }],
    [
      'plain dropout of turned embeddings',
      { dropout: 0.4, dropoutKind: 'plain' },
      { embeddingPreprocessing: 'pca', pcaComponents: 4 },
    ],
    ['inverted dropout of the embedding', { dropout: 0.5 }, { epochs: 8 }],
  ])('with %s is gone on from with its dropout, and answers as it does settled', async (_, head, changes) => {
    const { network, start } = (await learn(head, changes)).learned;
    const opsOf = ({ nodes }: Network) => new Set(nodes.map(({ op }) => op));
    expect([opsOf(start).has('dropout'), opsOf(network).has('dropout')]).toEqual([true, false]);
    const { source, validationRows } = exclusiveOr();
    const answers = await predictBehind(network, 'embedding', source, validationRows);
    const atStart = await predictBehind(start, 'embedding', source, validationRows);
    expect(Math.max(...answers.flat().map((value, index) => Math.abs(value - atStart.flat()[index]!)))).toBeLessThan(
      1e-5,
    );
  });

  test.each(HIDDEN_ACTIVATIONS)('of %s learns what a linear head cannot', async (activation) => {
    const initialisation = activation === 'sigmoid' || activation === 'tanh' ? 'xavier' : 'he';
    const [hidden, linear] = [await learn({ hidden: [16], activation, initialisation }), await learn()];
    expect((await measure(hidden.learned.network)).accuracy).toBeGreaterThan(0.95);
    expect((await measure(linear.learned.network)).accuracy).toBeLessThan(0.75);
  });

  test.each<[string, Partial<HeadSettings>]>([
    ['plain dropout and DropConnect', NOISY],
    ['inverted dropout, of Maxout', { hidden: [8], activation: 'maxout', dropout: 0.5 }],
    ['plain dropout and no hidden layer', { dropout: 0.5, dropoutKind: 'plain' }],
    ['DropConnect and no hidden layer', { dropConnect: 0.5 }],
    ['PReLU', { hidden: [8], activation: 'prelu' }],
  ])('with %s, what is left at the end measures what training reported, on embeddings as they are', async (_, head) => {
    const { learned, reports } = await learn(head, { epochs: 12 });
    const { loss } = await measure(learned.network);
    expect(learned.linear).toBeNull();
    expect(learned.bestEpoch).toBeGreaterThan(0);
    expect(loss).toBeCloseTo(reports[learned.bestEpoch - 1]!.validationLoss, 4);
    expect(learned.network.nodes.slice(0, backbone.nodes.length)).toEqual(backbone.nodes);
  });

  test('gives equal bytes for equal seeds with dropout and DropConnect, and others for another seed', async () => {
    const [first, again, other] = [await learn(NOISY), await learn(NOISY), await learn(NOISY, { seed: 4 })];
    expect(again.reports).toEqual(first.reports);
    expect(weightsOf(again.learned.network)).toEqual(weightsOf(first.learned.network));
    expect(other.reports).not.toEqual(first.reports);
  });

  test('dropout, DropConnect and penalties each change what is learned', async () => {
    const usual = await learn({ hidden: [8] }, { epochs: 3 });
    for (const [head, changes] of [
      [{ dropout: 0.3 }, {}],
      [{ dropout: 0.3, dropoutKind: 'plain' }, {}],
      [{ dropConnect: 0.3 }, {}],
      [{}, { l1: 0.01 }],
      [{}, { l2: 0.01 }],
    ] satisfies [Partial<HeadSettings>, Partial<TrainConfig>][]) {
      const changed = await learn({ hidden: [8], ...head }, { epochs: 3, ...changes });
      expect(changed.reports).not.toEqual(usual.reports);
    }
  });

  test('an L1 penalty pulls its weights towards nothing', async () => {
    const size = async (l1: number) => {
      const changes = { l1, weightDecay: 0, optimizer: 'sgd', learningRate: 0.05 } as const;
      const { learned } = await learn({ hidden: [16] }, changes);
      const kernels = learned.network.nodes.flatMap((node) => (node.op === 'dense' ? [...node.kernel.values] : []));
      return kernels.reduce((sum, weight) => sum + Math.abs(weight), 0);
    };
    expect(await size(0.02)).toBeLessThan(0.6 * (await size(0)));
  });

  test('stopped before its first epoch is cancelled', async () => {
    await expect(learn({ hidden: [8] }, {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'run/cancelled' });
  });

  test('leaves no tensor behind', async () => {
    expect(await countLeakedTensors(() => learn(NOISY, { epochs: 3, l2: 0.1, emaDecay: 0.9 }))).toBe(0);
  });
});
