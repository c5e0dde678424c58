import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  DEFAULT_HEAD_SETTINGS,
  DEFAULT_SCRATCH_SETTINGS,
  INITIALISATIONS,
  type HiddenActivation,
  type Initialisation,
} from '../../../../src-main/contract/training.ts';
import { activationSlope } from '../../../../src-main/engine/network/activations.ts';
import { headNodes } from '../../../../src-main/engine/network/head.ts';
import { hiddenLayer, type LayerStyle } from '../../../../src-main/engine/network/hidden-layer.ts';
import { initialWeights } from '../../../../src-main/engine/network/initialise.ts';
import { ACTIVATIONS, type Network, type NetworkNode } from '../../../../src-main/engine/network/network.ts';
import { parametersOf } from '../../../../src-main/engine/network/parameters.ts';
import { residualNetwork } from '../../../../src-main/engine/network/residual.ts';
import { createTail } from '../../../../src-main/engine/network/tail.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import { softmaxCrossEntropy } from '../../../../src-main/engine/train/loss.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { sequenceParameter, sequenceTensor } from '../../../helpers/formula.ts';
import { relativeError } from '../../../helpers/random-network.ts';

/** Means and standard deviations in the limit of wide layers; see make_blocks.py beside the file. */
const { signals } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/blocks/blocks.json'), 'utf8'),
) as {
  readonly signals: readonly {
    readonly activation: HiddenActivation;
    readonly initialisation: Initialisation;
    readonly width: number;
    readonly layers: readonly (readonly [mean: number, std: number])[];
  }[];
}; // as: our own file

beforeAll(loadTestBackend);

const input: NetworkNode = { op: 'input', name: 'x', inputs: [], shape: [1, 1, 1], mean: 0, scale: 1 };
const style = (changes: Partial<LayerStyle> = {}): LayerStyle => ({
  ...DEFAULT_HEAD_SETTINGS,
  batchNorm: false,
  ...changes,
});

function momentsOf(values: ArrayLike<number>): { mean: number; std: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { mean, std: Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length) };
}

/** `count` rows of N(0, 1). */
function normalRows(count: number, width: number): tf.Tensor {
  const random = createRandom(77);
  return tf.tensor(
    Float32Array.from({ length: count * width }, () => gaussian(random)),
    [count, width],
  );
}

/** Mean and standard deviation of what each layer gives, of a deep network as it begins. */
function measureLayers(depth: number, width: number, changes: Partial<LayerStyle>) {
  const random = createRandom(5);
  const nodes: NetworkNode[] = [input];
  for (let layer = 0; layer < depth; layer++) {
    const sums = { name: `layer_${layer}`, input: nodes.at(-1)!.name, inChannels: width, outChannels: width };
    nodes.push(...hiddenLayer(sums, style(changes), random));
  }
  const measured: { mean: number; std: number }[] = [];
  tf.tidy(() => {
    const onOutput = ({ op }: NetworkNode, output: tf.Tensor) => {
      if (op === 'activation') measured.push(momentsOf(output.dataSync()));
    };
    forward({ nodes }, normalRows(200, width), { after: 'x', onOutput });
  });
  return measured;
}

describe('initial weights', () => {
  // √(1 / 512), √(2 / 512) and √(1 / (9 · 64)), √(2 / (9 · 64)).
  test.each<[Initialisation, number[], number]>([
    ['small', [512, 512], 0.01],
    ['large', [512, 512], 1],
    ['xavier', [512, 512], 0.044194],
    ['he', [512, 512], 0.0625],
    ['xavier', [3, 3, 64, 128], 0.041667],
    ['he', [3, 3, 64, 128], 0.058926],
  ])('%s of %j have mean 0, standard deviation %d and the tails of a normal distribution', (kind, shape, wanted) => {
    const { values } = initialWeights(kind, shape, createRandom(3));
    const { mean, std } = momentsOf(values);
    expect(Math.abs(mean)).toBeLessThan((4 * wanted) / Math.sqrt(values.length));
    expect(Math.abs(std / wanted - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
    const outside = values.filter((value) => Math.abs(value) > 2 * wanted).length / values.length;
    expect(outside).toBeCloseTo(0.0455, 2); // beyond two standard deviations
  });

  test('are a function of the seed, and another for each layer', () => {
    const nodes = (seed: number) =>
      headNodes(
        { ...DEFAULT_HEAD_SETTINGS, hidden: [4, 4] },
        { embedding: 'x', featureCount: 4, classCount: 2 },
        seed,
      ).flatMap((node) => (node.op === 'dense' ? [node.kernel.values] : []));
    expect(nodes(1)).toEqual(nodes(1));
    expect(nodes(1)).not.toEqual(nodes(2));
    const [first, second] = nodes(1);
    expect(first).not.toEqual(second);
  });

  test('of the last layer are small whatever is chosen, so that the first loss is the logarithm of the class count', () => {
    for (const initialisation of INITIALISATIONS) {
      const head = { ...DEFAULT_HEAD_SETTINGS, hidden: [8], initialisation };
      const nodes = headNodes(head, { embedding: 'x', featureCount: 64, classCount: 500 }, 1);
      const logits = nodes.find(({ name }) => name === 'logits')!;
      const [, kernel] = parametersOf(logits)[0]!;
      expect(momentsOf(kernel.values).std).toBeCloseTo(0.01, 3);
    }
  });

  test.each(signals)(
    '$initialisation weights with $activation: each of ten layers gives the spread that theory says',
    ({ activation, initialisation, width, layers }) => {
      const measured = measureLayers(layers.length, width, { activation, initialisation });
      const off = measured.map(({ std }, layer) => Math.abs(std / layers[layer]![1] - 1));
      expect(measured).toHaveLength(10);
      // Of 400 units the weights drawn are a sample: their spread varies by some percent a layer, and adds up.
      expect(Math.max(...off)).toBeLessThan(0.25);
      const meanOff = measured.map(({ mean, std }, layer) => Math.abs(mean - layers[layer]![0]) / std);
      expect(Math.max(...meanOff)).toBeLessThan(0.2);
    },
  );

  test('SELU with LeCun-normal weights keeps mean 0 and standard deviation 1 through twelve layers', () => {
    const measured = measureLayers(12, 512, { activation: 'selu', initialisation: 'xavier' });
    expect(measured).toHaveLength(12);
    for (const { mean, std } of measured) {
      expect(Math.abs(mean)).toBeLessThan(0.1);
      expect(Math.abs(std - 1)).toBeLessThan(0.1);
    }
  });

  test('large weights saturate tanh, and small ones silence it', () => {
    const share = (initialisation: Initialisation) => {
      const nodes = hiddenLayer(
        { name: 'h', input: 'x', inChannels: 400, outChannels: 400 },
        style({ activation: 'tanh', initialisation }),
        createRandom(1),
      );
      const y = tf.tidy(() => forward({ nodes: [input, ...nodes] }, normalRows(50, 400), { after: 'x' }).dataSync());
      return Array.from(y).filter((value) => Math.abs(value) > 0.99).length / y.length;
    };
    // P(|20 z| > artanh 0.99 = 2.647) = 0.895; P(|0.2 z| > 2.647) = 5e-40
    expect(share('large')).toBeCloseTo(0.895, 1);
    expect(share('small')).toBe(0);
  });
});

/** The signs that the gradients of one picture's loss by the weights into each unit of a second layer have. */
function gradientSigns(activation: HiddenActivation): number[] {
  const head = { ...DEFAULT_HEAD_SETTINGS, hidden: [10, 6], activation, initialisation: 'xavier' as const };
  const network: Network = {
    nodes: [input, ...headNodes(head, { embedding: 'x', featureCount: 8, classCount: 3 }, 4)],
  };
  const tail = createTail(network, 'hidden_1', { reads: 'activations' });
  const signs = tf.tidy(() => {
    const labels = tf.tensor1d([1], 'int32');
    const { grads } = tf.variableGrads(
      () => softmaxCrossEntropy(tail.logits(sequenceTensor(1, [1, 8])), labels),
      [...tail.learned],
    );
    const kernel = tail.nodes.find(({ name }) => name === 'hidden_2')!.variables[0]![1];
    const columns = tf.transpose(tf.sign(grads[kernel.name]!)).arraySync() as number[][]; // as: a matrix
    return columns.map((column) => new Set(column).size);
  });
  tail.dispose();
  return signs;
}

describe('activations', () => {
  test('behind sigmoids all weights into a unit have gradients of one sign, behind tanh they do not', () => {
    expect(gradientSigns('sigmoid')).toEqual([1, 1, 1, 1, 1, 1]);
    expect(gradientSigns('tanh')).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test.each(ACTIVATIONS)('the slope of %s follows from its output', (activation) => {
    const node: NetworkNode = { op: 'activation', name: 'f', inputs: ['x'], activation };
    const [slope, gradient] = tf.tidy(() => {
      const x = sequenceTensor(1, [300], 7);
      const f = (values: tf.Tensor) => forward({ nodes: [input, node] }, values, { after: 'x' });
      return [activationSlope(f(x), activation).dataSync(), tf.grad(f)(x).dataSync()];
    });
    expect(relativeError(slope!, gradient!)).toBeLessThan(1e-6);
  });
});

describe('a Maxout layer', () => {
  const sums = { name: 'h', input: 'x', inChannels: 5, outChannels: 4 };
  const countOf = (nodes: readonly NetworkNode[]) =>
    nodes.flatMap(parametersOf).reduce((count, [, { values }]) => count + values.length, 0);

  /** Its answer where the second branch is a multiple of the first. */
  function withSecond(factor: number): ArrayLike<number> {
    const [kernel, bias] = [sequenceParameter(1, [5, 4]), sequenceParameter(2, [4])];
    const nodes = hiddenLayer(sums, style({ activation: 'maxout' }), createRandom(1)).map((node): NetworkNode => {
      if (node.op !== 'dense') return node;
      const times = (values: Float32Array) => values.map((value) => (node.name === 'h' ? value : factor * value));
      return {
        ...node,
        kernel: { ...kernel, values: times(kernel.values) },
        bias: { ...bias, values: times(bias.values) },
      };
    });
    return tf.tidy(() => forward({ nodes: [input, ...nodes] }, sequenceTensor(3, [7, 5]), { after: 'x' }).dataSync());
  }

  function pointwise(activation: 'relu' | 'leakyRelu'): ArrayLike<number> {
    const nodes = hiddenLayer(sums, style({ activation }), createRandom(1)).map((node): NetworkNode =>
      node.op === 'dense' ? { ...node, kernel: sequenceParameter(1, [5, 4]), bias: sequenceParameter(2, [4]) } : node,
    );
    return tf.tidy(() => forward({ nodes: [input, ...nodes] }, sequenceTensor(3, [7, 5]), { after: 'x' }).dataSync());
  }

  test('is a ReLU where its second branch is 0, and a leaky ReLU where that is a hundredth of the first', () => {
    expect(relativeError(withSecond(0), pointwise('relu'))).toBeLessThan(1e-6);
    expect(relativeError(withSecond(0.01), pointwise('leakyRelu'))).toBeLessThan(1e-6);
    expect(relativeError(withSecond(0.01), pointwise('relu'))).toBeGreaterThan(1e-3);
  });

  test.each([2, 3, 8])('of %i branches has so many times the parameters', (maxoutBranches) => {
    const single = hiddenLayer(sums, style(), createRandom(1));
    const several = hiddenLayer(sums, style({ activation: 'maxout', maxoutBranches }), createRandom(1));
    expect(countOf(several)).toBe(maxoutBranches * countOf(single));
  });

  test('begins with unlike branches', () => {
    const [first, second] = hiddenLayer(sums, style({ activation: 'maxout' }), createRandom(1));
    expect(parametersOf(first!)[0]![1]).not.toEqual(parametersOf(second!)[0]![1]);
  });
});

test('a network from scratch has 0.7 million parameters at its default settings, and twice the convolutions of hidden layers with Maxout', () => {
  const build = (activation: HiddenActivation) =>
    residualNetwork({
      settings: { ...DEFAULT_SCRATCH_SETTINGS, activation },
      head: DEFAULT_HEAD_SETTINGS,
      classCount: 2,
      seed: 0,
      preprocessing: () => [],
    });
  const weights = (network: Network) =>
    network.nodes.flatMap((node) => (node.op === 'conv2d' ? [[node.name, node.kernel.values.length] as const] : []));
  const relu = weights(build('relu'));
  const hidden = relu.filter(([name]) => name === 'stem' || name.endsWith('conv_1'));
  const sum = (all: readonly (readonly [string, number])[]) => all.reduce((total, [, count]) => total + count, 0);
  expect(sum(relu)).toBeGreaterThan(650_000);
  expect(sum(relu)).toBeLessThan(750_000);
  expect(sum(weights(build('maxout')))).toBe(sum(relu) + sum(hidden));
});
