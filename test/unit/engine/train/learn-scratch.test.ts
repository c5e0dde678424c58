import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  DEFAULT_TRAIN_CONFIG,
  type HeadSettings,
  type ScratchSettings,
  type TrainConfig,
} from '../../../../src-main/contract/training.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { parametersOf } from '../../../../src-main/engine/network/parameters.ts';
import { residualNetwork } from '../../../../src-main/engine/network/residual.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import type { EpochReport } from '../../../../src-main/engine/train/epoch-report.ts';
import { learnScratch } from '../../../../src-main/engine/train/learn-scratch.ts';
import { trainTail, type TrainTailOptions } from '../../../../src-main/engine/train/train-tail.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';

beforeAll(loadTestBackend);

const SIZE = 16;
const LENGTH = SIZE * SIZE * 3;

/** Noisy pictures of stripes: upright, level, or slanted. */
function pictures(imageCount = 36) {
  const random = createRandom(31);
  const labels = Uint32Array.from({ length: imageCount }, (_, row) => row % 3);
  const values = new Float32Array(imageCount * LENGTH);
  labels.forEach((label, row) => {
    for (let at = 0; at < LENGTH; at++) {
      const [x, y] = [Math.floor(at / 3) % SIZE, Math.floor(at / 3 / SIZE)];
      const wave = Math.sin([x, y, (x + y) / Math.SQRT2][label]! * 1.2 + row);
      values[row * LENGTH + at] = 120 + 60 * wave + 20 * gaussian(random);
    }
  });
  const rows = Uint32Array.from(labels.keys());
  return {
    values,
    source: inMemory(values, [SIZE, SIZE, 3]),
    labels,
    classCount: 3,
    trainingRows: rows.filter((row) => row % 4 !== 0),
    validationRows: rows.filter((row) => row % 4 === 0),
  };
}

interface Changes extends Partial<Omit<TrainConfig, 'scratch' | 'head'>> {
  readonly scratch?: Partial<ScratchSettings>;
  readonly head?: Partial<HeadSettings>;
}

function configOf({ scratch, head, ...rest }: Changes): TrainConfig {
  return {
    ...DEFAULT_TRAIN_CONFIG,
    mode: 'scratch',
    epochs: 3,
    learningRate: 0.01,
    batchSize: 9,
    patience: 0,
    seed: 5,
    scratch: { ...DEFAULT_TRAIN_CONFIG.scratch, imageSize: SIZE, width: 4, blocks: 1, ...scratch },
    head: { ...DEFAULT_TRAIN_CONFIG.head, ...head },
    ...rest,
  };
}

async function learn(changes: Changes = {}, options: TrainTailOptions = {}, data = pictures()) {
  const reports: EpochReport[] = [];
  const onEpoch = (report: EpochReport) => reports.push(report);
  return { learned: await learnScratch(data, configOf(changes), { ...options, onEpoch }), reports };
}

/** Everything that draws at random in a step. */
const EVERY_NOISE: Changes = {
  scratch: { activation: 'prelu', pooling: 'fractional', stochasticDepth: 0.5 },
  head: { hidden: [6], activation: 'maxout', dropout: 0.4, dropoutKind: 'plain', dropConnect: 0.2 },
};

const bytesOf = ({ nodes }: Network) =>
  nodes.flatMap((node) =>
    parametersOf(node).map(([role, { values }]) => [`${node.name}/${role}`, Buffer.from(values.buffer.slice(0))]),
  );

describe('a network from scratch', () => {
  test('gives equal bytes for equal seeds with everything that draws at random, and others for another seed', async () => {
    const [first, again, other] = [
      await learn(EVERY_NOISE),
      await learn(EVERY_NOISE),
      await learn({ ...EVERY_NOISE, seed: 6 }),
    ];
    expect(again.reports).toEqual(first.reports);
    expect(bytesOf(again.learned.network)).toEqual(bytesOf(first.learned.network));
    expect(other.reports).not.toEqual(first.reports);
  });

  test.each<[string, Changes]>([
    ['its default settings', {}],
    ['Maxout and max pooling', { scratch: { activation: 'maxout', pooling: 'max' } }],
    ['SELU without batch norm', { scratch: { activation: 'selu', batchNorm: false, initialisation: 'xavier' } }],
    ['PReLU and fractional pooling', { scratch: { activation: 'prelu', pooling: 'fractional' } }],
  ])('overfits one batch with %s', async (_, changes) => {
    const data = pictures(9);
    const all = { ...data, trainingRows: Uint32Array.from(data.labels.keys()) };
    const { reports } = await learn({ ...changes, epochs: 80, weightDecay: 0, schedule: 'constant' }, {}, all);
    expect(reports.at(-1)!.trainLoss).toBeLessThan(0.05);
    expect(reports.at(-1)!.trainAccuracy).toBe(1);
  });

  test.each<[string, Changes]>([
    ['its default settings', {}],
    ['everything that draws at random', EVERY_NOISE],
    ['an average of weights', { emaDecay: 0.5 }],
    ['plain dropout before a linear head', { head: { dropout: 0.5, dropoutKind: 'plain' } }],
  ])('with %s, what is left at the end measures what training reported, on pixels as they are', async (_, changes) => {
    const data = pictures();
    const { learned, reports } = await learn(changes, {}, data);
    const { validationRows, labels } = data;
    const losses = tf.tidy(() => {
      const pixels = Float32Array.from(validationRows, () => 0);
      const chosen = new Float32Array(pixels.length * LENGTH);
      validationRows.forEach((row, index) =>
        chosen.set(data.values.subarray(row * LENGTH, (row + 1) * LENGTH), index * LENGTH),
      );
      const probabilities = forward(learned.network, tf.tensor(chosen, [pixels.length, SIZE, SIZE, 3])).arraySync();
      return (probabilities as number[][]).map((row, index) => -Math.log(row[labels[validationRows[index]!]!]!)); // as: [rows, classes]
    });
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect(learned.bestEpoch).toBeGreaterThan(0);
    expect(mean).toBeCloseTo(reports[learned.bestEpoch - 1]!.validationLoss, 4);
  });

  test('learns its preprocessing from the training pictures alone', async () => {
    const data = pictures();
    const [usual, changed] = [data, { ...data, values: data.values.slice() }];
    for (const row of data.validationRows) changed.values.fill(255, row * LENGTH, (row + 1) * LENGTH);
    const preprocess = async (of: typeof data) => {
      const { learned } = await learn({ epochs: 1 }, {}, { ...of, source: inMemory(of.values, [SIZE, SIZE, 3]) });
      return learned.network.nodes.find(({ name }) => name === 'preprocess');
    };
    expect(await preprocess(changed)).toEqual(await preprocess(usual));
  });

  test('leaves no tensor behind, also when it is stopped', async () => {
    expect(await countLeakedTensors(() => learn({ ...EVERY_NOISE, emaDecay: 0.9, l1: 1e-4, clipNorm: 1 }))).toBe(0);
    expect(await countLeakedTensors(() => learn({}, { stopSignal: AbortSignal.abort() }))).toBe(0);
  });

  test('that was cut off goes on to the very bytes of one that was not, measured means and variances with them', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'fovea-scratch-')), 'checkpoint.bin');
    const checkpoint = { file, fingerprint: 'this training', everyMs: 0 };
    const config = configOf({ ...EVERY_NOISE, epochs: 6, emaDecay: 0.8, learningRate: 0.02 });
    const { scratch: settings, head, seed } = config;
    const network = residualNetwork({ settings, head, classCount: 3, seed, preprocessing: () => [] });
    const plan = { epochs: config.epochs, learningRate: config.learningRate, schedule: 'cosine' } as const;
    const train = (options: TrainTailOptions, source = pictures().source) =>
      trainTail({ ...pictures(), source, network, cut: 'stem', reads: 'pixels' }, plan, config, options);

    const uninterrupted = await train({});
    const stop = new AbortController();
    const { source } = pictures();
    const first = await train(
      { checkpoint, stopSignal: stop.signal },
      {
        ...source,
        async read(rows, epoch, target) {
          if (epoch === 3) stop.abort();
          await source.read(rows, epoch, target);
        },
      },
    );
    expect(first).toMatchObject({ ranEpochs: 3, stoppedEarly: true });
    const goneOn = await train({ checkpoint });
    expect(goneOn.bestEpoch).toBe(uninterrupted.bestEpoch);
    expect(bytesOf(goneOn.network!)).toEqual(bytesOf(uninterrupted.network!));
    const variances = (of: Network) => bytesOf(of).filter(([name]) => name === 'stem_norm/variance');
    expect(variances(goneOn.network!)).toHaveLength(1);
    expect(variances(goneOn.network!)).not.toEqual(variances(network));
  });
});
