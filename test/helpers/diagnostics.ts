import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DiagnosticsRecord, LayerDiagnosis } from '../../src-main/contract/diagnostics.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../src-main/contract/training.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import type { Activation, Network, NetworkNode, Parameter } from '../../src-main/engine/network/network.ts';
import { createRandom, gaussian } from '../../src-main/engine/random.ts';
import { trainTail, type TailData } from '../../src-main/engine/train/train-tail.ts';
import { countLeakedTensors } from './backend.ts';
import { repositoryRoot } from './shared.ts';

/** A layer of a network on embeddings. */
export interface DenseLayer {
  readonly name: string;
  readonly kernel: Parameter;
  /** Absent: zeros. */
  readonly bias?: readonly number[];
  readonly activation: Activation | 'prelu' | null;
}

/** Dense layers on embeddings; the last is `logits`. */
export function denseNetwork(layers: readonly DenseLayer[]): Network {
  const [features = 0] = layers[0]?.kernel.shape ?? [];
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [1, 1, features], mean: 0, scale: 1 },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['pixels'] },
  ];
  for (const { name, kernel, bias, activation } of layers) {
    const [, units = 0] = kernel.shape;
    const values = Float32Array.from(bias ?? new Array<number>(units).fill(0));
    const input = nodes.at(-1)?.name ?? '';
    nodes.push({ op: 'dense', name, inputs: [input], kernel, bias: { shape: [units], values } });
    const behind = { name: `${name}_activation`, inputs: [name] };
    const slope = { shape: [units], values: new Float32Array(units).fill(0.25) };
    if (activation === 'prelu') nodes.push({ op: 'prelu', ...behind, slope });
    else if (activation !== null) nodes.push({ op: 'activation', ...behind, activation });
  }
  nodes.push({ op: 'softmax', name: 'probabilities', inputs: ['logits'] });
  return { nodes };
}

/** Rows that both learn and validate. */
export function dataOf(layers: readonly DenseLayer[], values: Float32Array, labels: readonly number[]): TailData {
  const rows = Uint32Array.from(labels.keys());
  return {
    network: denseNetwork(layers),
    cut: layers[0]?.name ?? '',
    source: inMemory(values, [values.length / labels.length]),
    labels: Uint32Array.from(labels),
    classCount: 3,
    trainingRows: rows,
    validationRows: rows,
  };
}

/** Trains, and gives what was recorded. */
export async function recordsOf(
  data: TailData,
  changes: Partial<TrainConfig> = {},
  stopSignal?: AbortSignal,
): Promise<{ records: DiagnosticsRecord[]; network: Network | null }> {
  const records: DiagnosticsRecord[] = [];
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 1, patience: 0, ...changes };
  const { network } = await trainTail(
    data,
    { epochs: config.epochs, learningRate: config.learningRate, schedule: 'constant' },
    config,
    { stopSignal, onDiagnostics: (record) => records.push(record) },
  );
  return { records, network };
}

/** Layers of the record before the first epoch. */
export async function firstLayers(
  data: TailData,
  changes: Partial<TrainConfig> = {},
): Promise<readonly LayerDiagnosis[]> {
  const { records } = await recordsOf(data, changes);
  return records[0]!.layers;
}

interface Moments {
  readonly mean: number;
  readonly std: number;
  readonly low: number;
  readonly high: number;
}
interface ReferenceRun {
  readonly loss: number;
  readonly layers: readonly {
    readonly name: string;
    readonly outputs: Moments;
    readonly weights: Moments;
    readonly gradientNorm: number;
    readonly updateRatio: number;
  }[];
  readonly slopes: { readonly mean: number; readonly min: number; readonly max: number };
  readonly dead: number;
  readonly saturated: number;
}
interface Reference {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly sgd: ReferenceRun;
  readonly adamw: ReferenceRun;
}

/** Declares what a diagnosis has to fulfil on any backend; a process has one, so that each has a test file of its own. */
export function describeDiagnosis(tier: string): void {
  const file = join(repositoryRoot, 'test', 'fixtures', 'train', 'diagnostics.json');
  const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;

  test.each(['sgd', 'adamw'] as const)(
    `on the ${tier} backend a first step of %s shows what PyTorch has`,
    async (name) => {
      const expected = reference[name];
      const { records } = await recordsOf(referenceData(), { ...reference, optimizer: name, batchSize: 10 });
      const [{ initialLoss, layers }] = records as [DiagnosticsRecord];
      expect(initialLoss?.loss).toBeCloseTo(expected.loss, 5);
      expect(layers.map(figuresOf)).toEqual(expected.layers.map((layer) => closely(layer)));
      expect(
        layers.map(({ activation, deadShare, saturatedShare }) => [activation, deadShare, saturatedShare]),
      ).toEqual([
        ['relu', expect.closeTo(expected.dead, 6), null],
        ['tanh', 0, expect.closeTo(expected.saturated, 6)],
        ['prelu', null, null],
        [null, null, null],
      ]);
      expect(layers.map(({ slopes }) => slopes)).toEqual([undefined, undefined, closely(expected.slopes), undefined]);
    },
  );

  test(`on the ${tier} backend a diagnosis leaves no tensor behind, and the weights to the byte as they are`, async () => {
    const changes = { epochs: 3, batchSize: 4 };
    const leaked = await countLeakedTensors(async () => {
      const { network } = await recordsOf(referenceData(), changes);
      expect(network).toEqual(await trainUnwatched(referenceData(), changes));
      await recordsOf(referenceData(), changes, AbortSignal.abort());
    });
    expect(leaked).toBe(0);
  });
}

/** The network and rows of make-diagnostics.py. */
export function referenceData(): TailData {
  const layers: DenseLayer[] = [
    { name: 'relu', kernel: sequence(2, [4, 6]), bias: [0, 0, 0, 0, 0, -100], activation: 'relu' },
    { name: 'tanh', kernel: sequence(3, [6, 5], 4), activation: 'tanh' },
    { name: 'prelu', kernel: sequence(4, [5, 5]), activation: 'prelu' },
    { name: 'logits', kernel: sequence(5, [5, 3]), activation: null },
  ];
  return dataOf(layers, sequence(1, [10, 4]).values, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
}

/** Weights or rows from N(0, std²). */
export function gaussians(seed: number, shape: readonly number[], std: number): Parameter {
  const random = createRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, values: Float32Array.from({ length: count }, () => std * gaussian(random)) };
}

async function trainUnwatched(data: TailData, changes: Partial<TrainConfig>): Promise<Network | null> {
  const config = { ...DEFAULT_TRAIN_CONFIG, patience: 0, ...changes };
  const plan = { epochs: config.epochs, learningRate: config.learningRate, schedule: 'constant' } as const;
  return (await trainTail(data, plan, config)).network;
}

function figuresOf({ name, outputs, weights, gradientNorm, updateRatio }: LayerDiagnosis) {
  const moments = ({ mean, std, histogram: { low, high } }: LayerDiagnosis['weights']): Moments => ({
    mean,
    std,
    low,
    high,
  });
  return { name, outputs: outputs && moments(outputs), weights: moments(weights), gradientNorm, updateRatio };
}

/** The same, for comparing with numbers of half as many digits. */
function closely(expected: unknown): unknown {
  if (typeof expected === 'number') return expect.closeTo(expected, 5);
  if (typeof expected !== 'object' || expected === null) return expected;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, closely(value)]));
}

/** As in make-diagnostics.py. */
function sequence(seed: number, shape: readonly number[], scale = 1): Parameter {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from(
    { length: count },
    (_, i) => (((i * 7919 + seed * 104729) % 1009) / 504.5 - 1) * scale,
  );
  return { shape, values };
}
