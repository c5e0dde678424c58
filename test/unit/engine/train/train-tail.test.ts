import { access, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DiagnosticsRecord } from '../../../../src-main/contract/diagnostics.ts';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../../src-main/contract/training.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import { withHead } from '../../../../src-main/engine/network/head.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import type { EpochReport } from '../../../../src-main/engine/train/epoch-report.ts';
import { summariseDiagnostics } from '../../../../src-main/engine/train/summarise-diagnostics.ts';
import { trainTail, type TailData, type TrainTailOptions } from '../../../../src-main/engine/train/train-tail.ts';
import type { TuningPlace } from '../../../../src-main/engine/train/tuning-checkpoint.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { randomNetwork } from '../../../helpers/random-network.ts';

beforeAll(loadTestBackend);

const CUT = 'layer_2';
const whole = randomNetwork({
  size: [12, 12],
  classes: 3,
  seed: 3,
  layers: [
    { kind: 'conv', kernel: [3, 3], stride: 2, channels: 6, activation: 'relu6' },
    { kind: 'residual', kernel: [3, 3], stride: 1, channels: 6, activation: 'relu' },
    { kind: 'depthwise', kernel: [3, 3], stride: 2, channels: 6, activation: 'relu6' },
    { kind: 'conv', kernel: [1, 1], stride: 1, channels: 10, activation: 'relu6' },
  ],
});
/** From pixels to the embedding. */
const backbone: Network = { nodes: whole.nodes.slice(0, -2) };
const start = withHead(backbone, {
  kernel: { shape: [10, 3], values: Float32Array.from({ length: 30 }, (_, index) => 0.01 * Math.sin(index)) },
  bias: { shape: [3], values: new Float32Array(3) },
});

/** Activations of 6 × 6 × 6 whose class shows in where they are large. */
function tuningData(imageCount = 60): TailData {
  const random = createRandom(17);
  const shape = [6, 6, 6];
  const labels = Uint32Array.from({ length: imageCount }, (_, row) => row % 3);
  const values = Float32Array.from({ length: imageCount * 216 }, (_, index) => {
    const [row, channel] = [Math.floor(index / 216), index % 6];
    return Math.max(0, (channel % 3 === labels[row] ? 1.5 : 0.5) + 0.3 * gaussian(random));
  });
  const rows = Uint32Array.from(labels.keys());
  return {
    network: start,
    cut: CUT,
    source: inMemory(values, shape),
    labels,
    classCount: 3,
    trainingRows: rows.filter((row) => row % 4 !== 0),
    validationRows: rows.filter((row) => row % 4 === 0),
  };
}

const config: TrainConfig = {
  ...DEFAULT_TRAIN_CONFIG,
  mode: 'upper',
  learningRate: 0.3,
  batchSize: 8,
  tuneEpochs: 12,
  patience: 0,
  seed: 5,
};

async function tune(
  changes: Partial<TrainConfig> = {},
  options: Parameters<typeof trainTail>[3] = {},
  data = tuningData(),
) {
  const reports: EpochReport[] = [];
  const all = { ...config, ...changes };
  const plan = {
    epochs: all.tuneEpochs,
    learningRate: all.learningRate * all.tuneRateShare,
    schedule: all.schedule ?? 'cosine',
  };
  const tuned = await trainTail(data, plan, all, { ...options, onEpoch: (r) => reports.push(r) });
  return { tuned, reports };
}

function weightsOf(network: Network | null): Record<string, Float32Array> {
  const nodes = network?.nodes ?? [];
  return Object.fromEntries(nodes.flatMap((node) => ('kernel' in node ? [[node.name, node.kernel.values]] : [])));
}

const withoutPredicted = (report: EpochReport) => ({ ...report, predicted: undefined });

describe('fine-tuning', () => {
  test('learns what the head alone cannot see, and keeps the epoch of the lowest validation loss', async () => {
    const { tuned, reports } = await tune({ tuneEpochs: 20 });
    const losses = reports.map(({ validationLoss }) => validationLoss);
    expect(reports.at(-1)!.trainLoss).toBeLessThan(reports[0]!.trainLoss / 2);
    expect(tuned.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(reports.filter(({ isBest }) => isBest).at(-1)!.epoch).toBe(tuned.bestEpoch);
    expect(tuned.trainingAccuracy).toBeGreaterThan(0.6);
  });

  test('tells what it gives to watched pictures, epoch by epoch, and learns the same', async () => {
    const data = tuningData();
    const all = [...data.validationRows.keys()];
    const { reports } = await tune({}, { watchedPlaces: all });
    for (const { predicted = [], validationAccuracy } of reports) {
      const right = predicted.filter((answer, place) => answer === data.labels[data.validationRows[place]!]);
      expect(right.length / all.length).toBeCloseTo(validationAccuracy);
    }
    const some = await tune({}, { watchedPlaces: [2, 11] });
    expect(some.reports.map(({ predicted }) => predicted)).toEqual(
      reports.map(({ predicted = [] }) => [predicted[2], predicted[11]]),
    );
    const unwatched = await tune();
    expect(reports.map((report) => withoutPredicted(report))).toEqual(unwatched.reports);
  });

  test('overfits one batch to a loss near zero', async () => {
    const data = tuningData(9);
    const rows = Uint32Array.from({ length: 9 }, (_, row) => row);
    const all = { ...data, trainingRows: rows, validationRows: rows };
    const { reports } = await tune({ tuneEpochs: 200, weightDecay: 0, schedule: 'constant', batchSize: 9 }, {}, all);
    expect(reports.at(-1)!.trainLoss).toBeLessThan(0.01);
    expect(reports.at(-1)!.trainAccuracy).toBe(1);
  });

  test('changes every node from the cut on, and no byte before it', async () => {
    const before = structuredClone(weightsOf(backbone));
    const { tuned } = await tune();
    const after = weightsOf(tuned.network);
    const trunk = ['layer_0', 'layer_1_depthwise', 'layer_1_project'];
    expect(Object.keys(after)).toEqual([...trunk, 'layer_2', 'layer_3', 'logits']);
    for (const name of trunk) expect(after[name]).toEqual(before[name]);
    for (const name of ['layer_2', 'layer_3']) expect(after[name]).not.toEqual(before[name]);
    expect(weightsOf(backbone)).toEqual(before);
    const trunkNodes = tuned.network!.nodes.filter(({ name }) => trunk.includes(name));
    expect(trunkNodes.every((node) => backbone.nodes.includes(node))).toBe(true);
  });

  test('gives equal losses and equal bytes for equal seeds, and others for another seed', async () => {
    const [first, again, other] = [await tune(), await tune(), await tune({ seed: 6 })];
    expect(again.reports).toEqual(first.reports);
    expect(weightsOf(again.tuned.network)).toEqual(weightsOf(first.tuned.network));
    expect(other.reports).not.toEqual(first.reports);
  });

  test('keeps the start where no epoch is better', async () => {
    const data = tuningData();
    const shuffled = { ...data, labels: data.labels.map((_, row) => (row * 7 + Math.floor(row / 3)) % 3) };
    const { tuned } = await tune({ learningRate: 3, optimizer: 'sgd', tuneEpochs: 2 }, {}, shuffled).catch(() => ({
      tuned: { network: null, bestEpoch: 0 },
    }));
    expect(tuned).toMatchObject({ network: null, bestEpoch: 0 });
  });

  test('with a layer decay, nodes near the cut move less', async () => {
    const moved = (network: Network | null, name: string) =>
      weightsOf(network)[name]!.reduce(
        (sum, value, index) => sum + Math.abs(value - weightsOf(backbone)[name]![index]!),
        0,
      );
    const alike = (await tune({ tuneEpochs: 1 })).tuned.network;
    const decayed = (await tune({ tuneEpochs: 1, layerDecay: 0.1 })).tuned.network;
    expect(moved(decayed, 'layer_2')).toBeLessThan(moved(alike, 'layer_2') / 20);
    expect(moved(decayed, 'layer_3')).toBeLessThan(moved(alike, 'layer_3') / 2);
  });

  test.each<[string, Partial<TrainConfig>]>([
    ['warm-up and the step schedule', { schedule: 'step', warmupEpochs: 1 }],
    ['clipping', { clipNorm: 0.1 }],
    ['label smoothing', { labelSmoothing: 0.1 }],
    ['class weights', { balance: 'weights' }],
    ['balanced sampling', { balance: 'sampling' }],
    ['a moving average', { emaDecay: 0.9 }],
  ])('%s changes the outcome and still learns', async (_, changes) => {
    const data = tuningData();
    const uneven = { ...data, trainingRows: data.trainingRows.filter((row) => row % 3 !== 0 || row % 5 === 0) };
    const [usual, changed] = [await tune({}, {}, uneven), await tune(changes, {}, uneven)];
    expect(weightsOf(changed.tuned.network)).not.toEqual(weightsOf(usual.tuned.network));
    expect(changed.reports.at(-1)!.validationAccuracy).toBeGreaterThan(0.5);
  });

  test('reports divergence with the learning rate that caused it', async () => {
    const data = tuningData();
    const values = new Float32Array(60 * 216).fill(Infinity);
    await expect(tune({}, {}, { ...data, source: inMemory(values, [6, 6, 6]) })).rejects.toMatchObject({
      code: 'run/diverged',
    });
  });

  test('leaves no tensor behind, also when it fails or is stopped', async () => {
    expect(await countLeakedTensors(() => tune({ emaDecay: 0.9, clipNorm: 1 }))).toBe(0);
    expect(await countLeakedTensors(() => tune({}, { stopSignal: AbortSignal.abort() }))).toBe(0);
    const broken = { ...tuningData(), source: inMemory(new Float32Array(60 * 216).fill(NaN), [6, 6, 6]) };
    expect(await countLeakedTensors(() => tune({}, {}, broken).catch(() => undefined))).toBe(0);
  });
});

describe('a training that was cut off', () => {
  const changes: Partial<TrainConfig> = { emaDecay: 0.8, tuneEpochs: 7, learningRate: 0.1 };

  /** Stops in the middle of the fourth epoch. */
  async function cutOff(settings: Partial<TrainConfig>, checkpoint: TuningPlace, options: TrainTailOptions = {}) {
    const stop = new AbortController();
    let seen = 0;
    const { source, ...data } = tuningData();
    async function stopAfter(rows: Uint32Array, epoch: number | null, target: Float32Array): Promise<void> {
      if (epoch === 3 && seen++ === 2) stop.abort();
      await source.read(rows, epoch, target);
    }
    const stopping = { ...data, source: { ...source, read: stopAfter } };
    return tune(settings, { ...options, checkpoint, stopSignal: stop.signal }, stopping);
  }

  test('goes on to the very bytes of one that was not, and later epochs are reported alike', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'fovea-tune-')), 'checkpoint.bin');
    const checkpoint = { file, fingerprint: 'this training', everyMs: 0 };
    const uninterrupted = await tune(changes);
    const first = await cutOff(changes, checkpoint);
    expect(first.tuned).toMatchObject({ ranEpochs: 3, stoppedEarly: true });

    const goneOn = await tune(changes, { checkpoint });
    expect(goneOn.reports).toEqual(uninterrupted.reports.slice(3));
    expect(goneOn.tuned.bestEpoch).toBe(uninterrupted.tuned.bestEpoch);
    expect(weightsOf(goneOn.tuned.network)).toEqual(weightsOf(uninterrupted.tuned.network));
  });

  test.each([
    ['after', changes],
    ['before', { tuneEpochs: 7, learningRate: 1.2, schedule: 'constant', seed: 7 }],
  ] as const)('reports of its layers like one that was not, the best epoch %s the cut', async (where, settings) => {
    const file = join(await mkdtemp(join(tmpdir(), 'fovea-tune-')), 'checkpoint.bin');
    const checkpoint = { file, fingerprint: 'this training', everyMs: 0 };
    const watch = () => {
      const records: DiagnosticsRecord[] = [];
      return { records, onDiagnostics: (record: DiagnosticsRecord) => records.push(record) };
    };
    const [whole, early, late] = [watch(), watch(), watch()];
    const { bestEpoch } = (await tune(settings, whole)).tuned;
    expect(bestEpoch).toBeGreaterThan(where === 'after' ? 3 : 0);
    expect(bestEpoch).toBeLessThan(where === 'after' ? 8 : 4);
    await cutOff(settings, checkpoint, early);
    await tune(settings, { ...late, checkpoint });
    const summary = summariseDiagnostics(whole.records, bestEpoch);
    expect(summary?.initialLoss?.expected).toBe(Math.log(3));
    expect(summariseDiagnostics(late.records, bestEpoch)).toEqual(summary);
  });

  test.each([
    ['and its layers are watched', true],
    ['and nothing is watched', false],
  ])(
    'is paused after every step, %s: all that it tells and learns is that of one that was not',
    async (_, isWatched) => {
      const file = join(await mkdtemp(join(tmpdir(), 'fovea-tune-')), 'checkpoint.bin');
      const checkpoint = { file, fingerprint: 'this training', everyMs: 1e9 };
      const recorded = (records: DiagnosticsRecord[]) =>
        isWatched ? { onDiagnostics: (record: DiagnosticsRecord) => records.push(record) } : {};
      const wholeRecords: DiagnosticsRecord[] = [];
      const uninterrupted = await tune(changes, recorded(wholeRecords));

      const reports: EpochReport[] = [];
      const records: DiagnosticsRecord[] = [];
      let pauseCount = 0;
      for (;;) {
        const pause = new AbortController();
        const { source, ...data } = tuningData();
        const read: typeof source.read = async (rows, epoch, target) => {
          if (epoch !== null) pause.abort(new EngineError('run/paused', 'Paused.'));
          await source.read(rows, epoch, target);
        };
        const sitting = { checkpoint, stopSignal: pause.signal, onEpoch: (r: EpochReport) => void reports.push(r) };
        const plan = { epochs: 7, learningRate: 0.1 * config.tuneRateShare, schedule: 'cosine' as const };
        const all = { ...config, ...changes };
        const ended = await trainTail({ ...data, source: { ...source, read } }, plan, all, {
          ...sitting,
          ...recorded(records),
        }).catch((error: unknown) => error);
        if (ended instanceof EngineError && ended.code === 'run/paused') {
          if (++pauseCount > 100) throw new Error('It never ends');
          continue;
        }
        if (ended instanceof Error) throw ended;
        const { network, bestEpoch } = ended as Awaited<ReturnType<typeof trainTail>>; // as: no error
        expect(pauseCount).toBeGreaterThan(7 * 4); // 45 rows in batches of 8: 6 steps an epoch
        expect(reports).toEqual(uninterrupted.reports);
        const moments = new Map(records.map((record) => [`${record.epoch}/${record.step}`, record])); // some are told again
        expect([...moments.values()]).toEqual(wholeRecords);
        expect(bestEpoch).toBe(uninterrupted.tuned.bestEpoch);
        expect(weightsOf(network)).toEqual(weightsOf(uninterrupted.tuned.network));
        return;
      }
    },
  );

  test('begins anew where the checkpoint is of another training', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'fovea-tune-')), 'checkpoint.bin');
    await tune(changes, { checkpoint: { file, fingerprint: 'another', everyMs: 0 } });
    await access(file);
    const { reports } = await tune(changes, { checkpoint: { file, fingerprint: 'this', everyMs: 0 } });
    expect(reports).toHaveLength(7);
  });
});
