import { beforeAll, describe, expect, test } from 'vitest';
import type { DiagnosticsRecord } from '../../../../src-main/contract/diagnostics.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import { initialStd } from '../../../../src-main/engine/network/initialise.ts';
import type { Activation } from '../../../../src-main/engine/network/network.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import { shiftAndScale } from '../../../../src-main/engine/train/preprocess/feature-map.ts';
import { measureStandardisation } from '../../../../src-main/engine/train/preprocess/standardise.ts';
import { trainHead, trainHeads } from '../../../../src-main/engine/train/train-heads.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import {
  dataOf,
  describeDiagnosis,
  firstLayers,
  gaussians,
  recordsOf,
  referenceData,
  type DenseLayer,
} from '../../../helpers/diagnostics.ts';

beforeAll(loadTestBackend);

describeDiagnosis('native');

/** One hidden layer of units that read one feature each, with weight 1. */
function unitsOf(activation: Activation, biases: readonly number[]): DenseLayer[] {
  const count = biases.length;
  const kernel = {
    shape: [count, count],
    values: Float32Array.from({ length: count ** 2 }, (_, at) => (at % (count + 1) === 0 ? 1 : 0)),
  };
  const logits = { shape: [count, 3], values: new Float32Array(3 * count) };
  return [
    { name: 'hidden', kernel, bias: biases, activation },
    { name: 'logits', kernel: logits, activation: null },
  ];
}

/** Each row's features are all its one number. */
function rowsOf(numbers: readonly number[], features: number): Float32Array {
  return Float32Array.from(numbers.flatMap((number) => new Array<number>(features).fill(number)));
}

describe('a unit', () => {
  test.each<[Activation, readonly number[], number | null]>([
    ['relu', [0, 1, -1, -100], 1 / 4], // open for some rows, for all, for one, for none
    ['relu6', [0, -100, 100, 4], 2 / 4], // the last is at 6 for some rows
    ['sigmoid', [0, -1000, 50, 4], 2 / 4],
    ['tanh', [0, -1000, 50, 1], 2 / 4],
    ['elu', [0, -1000, -3, 100], 1 / 4],
    ['selu', [0, -1000, -3, 100], 1 / 4],
    ['leakyRelu', [0, -1000, -3, 100], null],
  ])('of %s is dead where no row moves it from a flat end', async (activation, biases, share) => {
    const layers = unitsOf(activation, biases);
    const [hidden] = await firstLayers(dataOf(layers, rowsOf([-2, -0.5, 0.5, 2], 4), [0, 1, 2, 0]));
    expect(hidden?.deadShare).toBe(share);
  });

  test('that opens for one picture of many batches is not dead', async () => {
    const numbers = [...new Array<number>(150).fill(-1), 1];
    const labels = numbers.map((_, row) => row % 3);
    const layers = unitsOf('relu', [0, -5]);
    const [hidden] = await firstLayers(dataOf(layers, rowsOf(numbers, 2), labels));
    expect(hidden?.deadShare).toBe(1 / 2);
  });
});

describe('outputs', () => {
  test.each<[Activation, number | null]>([
    ['sigmoid', 2 / 6], // y(1 − y) < 0.0025 from |x| = 5.99 on
    ['tanh', 4 / 6], // 1 − y² < 0.01 from |x| = 2.99 on
    ['elu', 2 / 6], // e^x < 0.01 below −4.6
    ['selu', 2 / 6],
    ['relu6', 1 / 6], // at 6
    ['relu', null],
    ['leakyRelu', null],
  ])('of %s are saturated where its slope is below a hundredth of its largest', async (activation, share) => {
    const rows = rowsOf([-7, -5, -3, 0, 2, 8], 1);
    const [hidden] = await firstLayers(dataOf(unitsOf(activation, [0]), rows, [0, 1, 2, 0, 1, 2]));
    expect(hidden?.saturatedShare).toEqual(share === null ? null : expect.closeTo(share, 6));
  });

  test('have a histogram, a mean and a deviation that count by hand', async () => {
    const [hidden] = await firstLayers(dataOf(unitsOf('relu', [0]), rowsOf([-1, 0, 1, 4], 1), [0, 1, 2, 0]));
    const counts = new Array<number>(32).fill(0);
    [counts[0], counts[8], counts[31]] = [2, 1, 1]; // 0 twice, 1 at a quarter, 4 at the end
    expect(hidden?.outputs).toEqual({
      mean: 1.25,
      std: expect.closeTo(Math.sqrt(10.75 / 4), 6),
      histogram: { low: 0, high: 4, counts },
    });
  });

  test('that are all alike fall into one bin', async () => {
    const [hidden] = await firstLayers(dataOf(unitsOf('relu', [-9]), rowsOf([1, 2, 3], 1), [0, 1, 2]));
    expect(hidden?.outputs).toEqual({ mean: 0, std: 0, histogram: { low: 0, high: 0, counts: [3] } });
  });
});

describe('initial weights', () => {
  const features = 64;
  const rows = gaussians(1, [300, features], 1).values;
  const labels = Array.from({ length: 300 }, (_, row) => row % 3);
  const hiddenOf = async (std: number, activation: Activation) => {
    const layers: DenseLayer[] = [
      { name: 'hidden', kernel: gaussians(2, [features, 100], std), activation },
      { name: 'logits', kernel: gaussians(3, [100, 3], 0.01), activation: null },
    ];
    const [hidden] = await firstLayers(dataOf(layers, rows, labels));
    return hidden!;
  };

  test('from N(0, 1) saturate tanh as the normal distribution says', async () => {
    // Sums are N(0, 8²): P(|x| > artanh √0.99 = 2.993) = 2 · (1 − Φ(0.3742)) = 0.7083.
    const { saturatedShare } = await hiddenOf(initialStd('large', features), 'tanh');
    expect(Math.abs(saturatedShare! - 0.7083)).toBeLessThan(0.03);
  });

  test('that are small let tanh shrink, to 0.01 · √64 of what came in', async () => {
    const { outputs, saturatedShare } = await hiddenOf(initialStd('small', features), 'tanh');
    expect(Math.abs(outputs!.std / 0.08 - 1)).toBeLessThan(0.05);
    expect(saturatedShare).toBe(0);
  });

  test('of He keep the mean square of what goes through a ReLU, and half of it closed', async () => {
    const { outputs, deadShare } = await hiddenOf(initialStd('he', features), 'relu');
    expect(Math.abs(outputs!.std ** 2 + outputs!.mean ** 2 - 1)).toBeLessThan(0.1);
    expect(deadShare).toBe(0);
  });

  test('of 0 in the last layer begin at log(classes) exactly, small ones near it', async () => {
    const { records } = await recordsOf(dataOf(unitsOf('relu', [0]), rowsOf([1, 2, 3], 1), [0, 1, 2]));
    expect(records[0]!.initialLoss).toEqual({ loss: expect.closeTo(Math.log(3), 6), expected: Math.log(3) });
    const { loss } = (await headRecords(headData()))[0]!.initialLoss!;
    expect(Math.abs(loss / Math.log(3) - 1)).toBeLessThan(0.1);
  });
});

test('a record is made after the first step and after each epoch, of its last whole batch', async () => {
  const { records } = await recordsOf(referenceData(), { epochs: 2, batchSize: 4 }); // 4, 4 and 2 rows an epoch
  const moments = records.map(({ epoch, step, initialLoss }) => [epoch, step, initialLoss !== null]);
  expect(moments).toEqual([
    [0, 0, true],
    [1, 1, false],
    [2, 4, false],
  ]);
});

test('weights below a hundredth of the largest are near 0', async () => {
  const kernel = { shape: [1, 6], values: Float32Array.of(2, -0.1, 0, 0.019, -0.019, 0.021) };
  const layers: DenseLayer[] = [
    { name: 'hidden', kernel, activation: 'relu' },
    { name: 'logits', kernel: { shape: [6, 3], values: new Float32Array(18) }, activation: null },
  ];
  const [hidden] = await firstLayers(dataOf(layers, rowsOf([1, 2, 3], 1), [0, 1, 2]), { learningRate: 1e-9 });
  expect(hidden?.sparsity).toBe(3 / 6);
});

test('an L1 penalty shows as weights near 0', async () => {
  const sparsityOf = async (l1: number) => {
    const { records } = await recordsOf(referenceData(), { epochs: 150, learningRate: 0.005, weightDecay: 0, l1 });
    return records.at(-1)!.layers[0]!.sparsity;
  };
  const [without, penalised] = [await sparsityOf(0), await sparsityOf(0.1)];
  expect(without).toBeLessThan(0.1);
  expect(penalised).toBeGreaterThan(0.3);
});

test('where a value is not a finite number nothing is recorded', async () => {
  const data = dataOf(unitsOf('elu', [0]), rowsOf([1, Infinity, 3], 1), [0, 1, 2]);
  await expect(recordsOf(data)).rejects.toMatchObject({ code: 'run/diverged' });
  const seen: DiagnosticsRecord[] = [];
  const head = { ...headData(), source: inMemory(new Float32Array(60 * 4).fill(Infinity), [4]) };
  const options = { onDiagnostics: (record: DiagnosticsRecord) => void seen.push(record) };
  await expect(trainHead(head, DEFAULT_TRAIN_CONFIG, options)).rejects.toMatchObject({ code: 'run/diverged' });
  expect(seen).toEqual([]);
});

function headData() {
  const { values } = gaussians(4, [60, 4], 1);
  const labels = Uint32Array.from({ length: 60 }, (_, row) => row % 3);
  const rows = Uint32Array.from(labels.keys());
  const [trainingRows, validationRows] = [rows.filter((row) => row % 4 !== 0), rows.filter((row) => row % 4 === 0)];
  return { source: inMemory(values, [4]), labels, classCount: 3, trainingRows, validationRows };
}

async function headRecords(data: ReturnType<typeof headData>, changes = {}): Promise<DiagnosticsRecord[]> {
  const records: DiagnosticsRecord[] = [];
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 9, patience: 0, batchSize: 16, ...changes };
  await trainHead(data, config, { onDiagnostics: (record) => records.push(record) });
  return records;
}

describe('a linear head', () => {
  test('is recorded after the first step and ever more rarely', async () => {
    const records = await headRecords(headData()); // 16, 16 and 13 rows an epoch
    const moments = records.map(({ epoch, step, initialLoss }) => [epoch, step, initialLoss !== null]);
    expect(moments).toEqual([
      [0, 0, true],
      [1, 1, false],
      [2, 4, false],
      [4, 10, false],
      [8, 22, false],
    ]);
  });

  test('shows the gradient and the update of its kernel, as they follow from the weights around a first step', async () => {
    // One batch of all rows; SGD's first update is rate · gradient, and nothing decays.
    const data = { ...headData(), trainingRows: Uint32Array.from({ length: 60 }, (_, row) => row) };
    const changes = { optimizer: 'sgd' as const, learningRate: 0.5, weightDecay: 0, batchSize: 60, epochs: 1 };
    const [{ layers }] = (await headRecords(data, changes)) as [DiagnosticsRecord];
    const [layer] = layers;
    const { gradientNorm, updateRatio } = await firstStepByHand(data);
    expect(layer).toMatchObject({ name: 'logits', kind: 'dense', weightCount: 12, outputs: null, deadShare: null });
    expect(layer!.gradientNorm).toBeCloseTo(gradientNorm, 5);
    expect(layer!.updateRatio / updateRatio).toBeCloseTo(1, 4);
    expect(layer!.weights.histogram.counts.reduce((sum, count) => sum + count)).toBe(12);
  });

  test('is to the byte what it is unwatched, and leaves no tensor behind', async () => {
    const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 9, batchSize: 16 };
    const leaked = await countLeakedTensors(async () => {
      const watched = await trainHead(headData(), config, { onDiagnostics: () => undefined });
      expect(watched).toEqual(await trainHead(headData(), config));
      const options = { onDiagnostics: () => undefined, stopSignal: AbortSignal.abort() };
      await trainHead(headData(), config, options).catch(() => undefined);
    });
    expect(leaked).toBe(0);
  });

  test('is not watched among others', async () => {
    const seen: DiagnosticsRecord[] = [];
    const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 2 };
    await trainHeads(headData(), [config, { ...config, seed: 1 }], { onDiagnostics: (record) => seen.push(record) });
    expect(seen).toEqual([]);
  });
});

/** In double precision: softmax of standardised rows, Xᵀ(P − Y) / n. */
async function firstStepByHand({ labels }: ReturnType<typeof headData>) {
  const { values } = gaussians(4, [60, 4], 1);
  const rows = Uint32Array.from({ length: 60 }, (_, row) => row);
  shiftAndScale(values, await measureStandardisation(inMemory(values, [4]), rows));
  const random = createRandom(0, 1); // the head's stream
  const initial = Array.from({ length: 12 }, () => 0.01 * gaussian(random));
  const gradient = new Array<number>(12).fill(0);
  for (let row = 0; row < 60; row++) {
    const logits = [0, 1, 2].map((c) =>
      [0, 1, 2, 3].reduce((sum, f) => sum + values[4 * row + f]! * initial[3 * f + c]!, 0),
    );
    const exps = logits.map(Math.exp);
    const total = exps.reduce((sum, value) => sum + value, 0);
    for (let f = 0; f < 4; f++)
      for (let c = 0; c < 3; c++)
        gradient[3 * f + c]! += (values[4 * row + f]! * (exps[c]! / total - (labels[row] === c ? 1 : 0))) / 60;
  }
  const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return { gradientNorm: norm(gradient), updateRatio: (0.5 * norm(gradient)) / norm(initial) };
}
