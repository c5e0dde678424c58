import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import {
  DEFAULT_HEAD_SETTINGS,
  DEFAULT_TRAIN_CONFIG,
  type TrainConfig,
} from '../../../../src-main/contract/training.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import { cutAt } from '../../../../src-main/engine/network/cut.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { finalShape } from '../../../../src-main/engine/network/shapes.ts';
import { learn } from '../../../../src-main/engine/train/learn.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { gaussians } from '../../../helpers/diagnostics.ts';
import { randomNetwork } from '../../../helpers/random-network.ts';

beforeAll(loadTestBackend);

/** As the worker's signal is when a run is paused. */
const paused = () => new EngineError('run/paused', 'The run was paused.');

const CUT = 'layer_1';
const whole = randomNetwork({
  size: [8, 8],
  classes: 3,
  seed: 3,
  layers: [
    { kind: 'conv', kernel: [3, 3], stride: 2, channels: 4, activation: 'relu6' },
    { kind: 'conv', kernel: [1, 1], stride: 1, channels: 6, activation: 'relu6' },
  ],
});
const backbone: Network = { nodes: whole.nodes.slice(0, -2) };

/** Random embeddings and activations of twelve pictures; what is recorded while they are learned, phase by phase. */
async function momentsOf(changes: Partial<TrainConfig>, hasEmbeddings = true) {
  const labels = Uint32Array.from({ length: 12 }, (_, row) => row % 3);
  const rows = Uint32Array.from(labels.keys());
  const shape = finalShape(cutAt(backbone, CUT).trunk);
  const activations = gaussians(1, [12, ...shape], 1).values;
  const moments: (string | number | boolean)[][] = [];
  const data = {
    backbone,
    fingerprint: '',
    cut: CUT,
    embeddings: hasEmbeddings ? inMemory(gaussians(2, [12, 6], 1).values, [6]) : null,
    activations: inMemory(activations, shape),
    labels,
    classCount: 3,
    trainingRows: rows,
    validationRows: rows,
  };
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 2, tuneEpochs: 2, patience: 0, batchSize: 6, ...changes };
  await learn(data, config, {
    onEpoch: () => undefined,
    onDiagnostics: ({ phase, epoch, step, initialLoss, layers }) =>
      moments.push([phase, epoch, step, initialLoss !== null, layers.map(({ name }) => name).join(' ')]),
    stopSignal: new AbortController().signal,
    checkpointFile: null,
  });
  return moments;
}

test('stochastic depth changes what fine-tuning learns, and is gone afterwards', async () => {
  const residual = randomNetwork({
    size: [8, 8],
    classes: 3,
    seed: 3,
    layers: [
      { kind: 'conv', kernel: [3, 3], stride: 2, channels: 6, activation: 'relu6' },
      { kind: 'residual', kernel: [3, 3], stride: 1, channels: 6, activation: 'relu' },
    ],
  });
  const cut = 'layer_1_depthwise';
  const deep: Network = { nodes: residual.nodes.slice(0, -2) };
  const rows = Uint32Array.from({ length: 12 }, (_, row) => row);
  const shape = finalShape(cutAt(deep, cut).trunk);
  const learnWith = (tuneStochasticDepth: number) =>
    learn(
      {
        backbone: deep,
        fingerprint: '',
        cut,
        embeddings: null,
        activations: inMemory(gaussians(1, [12, ...shape], 1).values, shape),
        labels: rows.map((row) => row % 3),
        classCount: 3,
        trainingRows: rows,
        validationRows: rows,
      },
      {
        ...DEFAULT_TRAIN_CONFIG,
        mode: 'upper',
        headFirst: false,
        tuneEpochs: 4,
        patience: 0,
        batchSize: 3,
        learningRate: 0.1,
        tuneStochasticDepth,
      },
      {
        onEpoch: () => undefined,
        onDiagnostics: () => undefined,
        stopSignal: new AbortController().signal,
        checkpointFile: null,
      },
    );
  const [usual, skipping] = [await learnWith(0), await learnWith(0.5)];
  expect(skipping.network.nodes.map(({ name }) => name)).toEqual(usual.network.nodes.map(({ name }) => name));
  expect(skipping.isTuned).toBe(true);
  expect(skipping.network).not.toEqual(usual.network);
});

test('both stages are recorded, and only the first from random weights has a first loss', async () => {
  expect(await momentsOf({ mode: 'upper' })).toEqual([
    ['head', 0, 0, true, 'logits'],
    ['head', 1, 1, false, 'logits'],
    ['head', 2, 3, false, 'logits'],
    ['tune', 2, 0, false, 'layer_1 logits'],
    ['tune', 3, 1, false, 'layer_1 logits'],
    ['tune', 4, 3, false, 'layer_1 logits'],
  ]);
});

test('without a head first, fine-tuning has it; hidden layers of a head are recorded each', async () => {
  expect((await momentsOf({ mode: 'upper', headFirst: false }, false))[0]).toEqual([
    'tune',
    0,
    0,
    true,
    'layer_1 logits',
  ]);
  const head = { ...DEFAULT_HEAD_SETTINGS, hidden: [5] };
  expect((await momentsOf({ mode: 'upper', head }))[0]).toEqual(['head', 0, 0, true, 'hidden_1 logits']);
});

/** A training that may be paused when it tells of an epoch; what it tells, and what it learns where it ends. */
async function sitting(changes: Partial<TrainConfig>, file: string | null, pauseAt?: { phase: string; epoch: number }) {
  const labels = Uint32Array.from({ length: 12 }, (_, row) => row % 3);
  const rows = Uint32Array.from(labels.keys());
  const shape = finalShape(cutAt(backbone, CUT).trunk);
  const data = {
    backbone,
    fingerprint: '',
    cut: CUT,
    embeddings: inMemory(gaussians(2, [12, 6], 1).values, [6]),
    activations: inMemory(gaussians(1, [12, ...shape], 1).values, shape),
    labels,
    classCount: 3,
    trainingRows: rows,
    validationRows: rows,
  };
  const config = { ...DEFAULT_TRAIN_CONFIG, mode: 'upper' as const, epochs: 3, tuneEpochs: 3, patience: 0, ...changes };
  const pause = new AbortController();
  const told: string[] = [];
  const learned = await learn(data, config, {
    onEpoch({ phase, epoch, of, trainLoss }) {
      told.push(`${phase} ${epoch} of ${of}: ${trainLoss}`);
      if (phase === pauseAt?.phase && epoch === pauseAt.epoch) pause.abort(paused());
    },
    onDiagnostics: () => undefined,
    stopSignal: pause.signal,
    checkpointFile: file,
  }).catch((error: unknown) => {
    if (error instanceof EngineError && error.code === 'run/paused') return null;
    throw error;
  });
  return { told, learned };
}

test.each([
  ['a linear head', {}],
  [
    'a head with a hidden layer and dropout, on whitened features',
    {
      embeddingPreprocessing: 'whiten',
      head: { ...DEFAULT_HEAD_SETTINGS, hidden: [4], dropout: 0.5 },
    },
  ],
] satisfies [string, Partial<TrainConfig>][])(
  'a pause while %s is fine-tuned goes on without training the head again, and one before begins anew',
  async (_, changes) => {
    const file = join(await mkdtemp(join(tmpdir(), 'fovea-learn-')), 'checkpoint.bin');
    const whole = await sitting(changes, null);
    const during = await sitting(changes, file, { phase: 'head', epoch: 2 });
    expect([during.learned, during.told]).toEqual([null, whole.told.slice(0, 2)]);
    const first = await sitting(changes, file, { phase: 'tune', epoch: 5 });
    expect([first.learned, first.told]).toEqual([null, whole.told.slice(0, 5)]);
    const second = await sitting(changes, file);
    expect(second.told).toEqual(whole.told.slice(5));
    const { network, bestEpoch, ranEpochs } = second.learned ?? {};
    expect([network, bestEpoch, ranEpochs]).toEqual([
      whole.learned?.network,
      whole.learned?.bestEpoch,
      whole.learned?.ranEpochs,
    ]);
  },
);
