import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { HeadSettings, ScratchSettings } from '../../src-main/contract/training.ts';
import { possibleCuts } from '../../src-main/engine/network/cut.ts';
import type { NetworkNode, Parameter } from '../../src-main/engine/network/network.ts';
import { isMeasured, mapParameters, type ParameterRole } from '../../src-main/engine/network/parameters.ts';
import { createNoise } from '../../src-main/engine/network/noise.ts';
import { residualNetwork } from '../../src-main/engine/network/residual.ts';
import { settle } from '../../src-main/engine/network/settle.ts';
import { createTail } from '../../src-main/engine/network/tail.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { softmaxCrossEntropy } from '../../src-main/engine/train/loss.ts';
import { createOptimizer } from '../../src-main/engine/train/optimizers.ts';
import { addPenalties } from '../../src-main/engine/train/penalties.ts';
import { blockNetwork, BLOCKS, runBlock } from './block-cases.ts';
import { errorOf, FORMULA_NOISE, seedOf, sequenceParameter, sequenceTensor, type Summary } from './formula.ts';
import { repositoryRoot } from './shared.ts';

/** PyTorch's and Keras' answers at double precision; see make_blocks.py beside the file. */
const reference = JSON.parse(
  readFileSync(join(repositoryRoot, 'test', 'fixtures', 'blocks', 'blocks.json'), 'utf8'),
) as {
  readonly blocks: readonly {
    readonly name: string;
    readonly output: readonly number[];
    readonly inputGradient: readonly number[];
    /** By "node/role". */
    readonly gradients: Readonly<Record<string, readonly number[]>>;
    /** Keras' moving mean and variance after one step. */
    readonly moved?: { readonly mean: readonly number[]; readonly variance: readonly number[] };
  }[];
  readonly penalties: readonly { readonly l1: number; readonly l2: number; readonly gradient: readonly number[] }[];
  readonly networks: readonly {
    readonly title: string;
    readonly settings: ScratchSettings & { readonly head: HeadSettings };
    readonly loss: number;
    readonly logits: readonly number[];
    readonly settledLogits: readonly number[];
    /** By "node/role". */
    readonly gradients: Readonly<Record<string, Summary>>;
  }[];
}; // as: our own file

/**
 * Declares what the blocks of hidden layers have to fulfil on any backend: values and gradients of PyTorch and Keras, alone
 * and in whole networks. A process has one backend, so that each has a test file of its own.
 *
 * @param tier     for the tests' names
 * @param backend  TF.js' name of the backend, which the file has set up
 * @param isHere   false skips the tests
 */
export function describeNetworkBlocks(tier: string, backend: string, isHere = true): void {
  describe.skipIf(!isHere)(`On the ${tier} backend`, () => {
    test('this is the backend', () => {
      expect(tf.getBackend()).toBe(backend);
    });

    test.each(reference.blocks)('$name has the value and gradients of the reference', ({ name, ...wanted }) => {
      const got = runBlock(name);
      expect(Object.keys(got.gradients)).toEqual(Object.keys(wanted.gradients));
      const errors = {
        output: worstError(got.output, wanted.output),
        inputGradient: worstError(got.inputGradient, wanted.inputGradient),
        ...mapValues(wanted.gradients, (gradient, key) => worstError(got.gradients[key] ?? [], gradient)),
      };
      expect(Object.entries(errors).filter(([, error]) => !(error < 2e-6))).toEqual([]);
    });

    test('a batch norm keeps the moving mean and variance of Keras, and moves them in training alone', () => {
      const { moved } = reference.blocks.find(({ name }) => name === 'batchNorm, training')!;
      const { network, input } = blockNetwork(BLOCKS['batchNorm']!);
      const tail = createTail({ nodes: [...network.nodes, { op: 'softmax', name: 'p', inputs: ['norm'] }] }, 'norm', {
        reads: 'activations',
      });
      const read = () => tail.weights().map(({ values }) => values);
      const [gamma, beta, mean, variance] = read();
      tf.tidy(() => void tail.logits(input()));
      expect(read()).toEqual([gamma, beta, mean, variance]);
      tf.tidy(() => void tail.logits(input(), FORMULA_NOISE));
      const [sameGamma, sameBeta, movedMean, movedVariance] = read();
      tail.dispose();
      expect([sameGamma, sameBeta]).toEqual([gamma, beta]);
      expect(worstError(movedMean!, moved!.mean)).toBeLessThan(1e-6);
      expect(worstError(movedVariance!, moved!.variance)).toBeLessThan(1e-6);
    });

    test.each(reference.penalties)('L1 of $l1 and L2 of $l2 pull as those of Keras do', ({ l1, l2, gradient }) => {
      const [weight, bias] = tf.tidy(() => [
        tf.variable(sequenceTensor(30, [4, 3])),
        tf.variable(sequenceTensor(31, [3])),
      ]);
      const [ofWeight, ofBias] = tf.tidy(() => {
        const loss = { [weight!.name]: tf.ones([4, 3]), [bias!.name]: tf.ones([3]) };
        const penalised = addPenalties(loss, [weight!, bias!], { l1, l2 });
        return [penalised[weight!.name]!.dataSync(), penalised[bias!.name]!.dataSync()];
      });
      tf.dispose([weight!, bias!]);
      expect(worstError(ofWeight!, gradient.map((pull) => 1 + pull))).toBeLessThan(1e-6); // prettier-ignore
      expect([...ofBias!]).toEqual([1, 1, 1]);
    });

    test.each(reference.networks)(
      'a residual network has the logits, the loss and the gradients of PyTorch: $title',
      ({ settings, ...wanted }) => {
        const { loss, logits, settled, gradients } = runNetwork(settings);
        expect(Object.keys(gradients).toSorted()).toEqual(Object.keys(wanted.gradients).toSorted());
        // The bias before a batch norm has no gradient but rounding: errors count from a hundredth of the largest on.
        const largest = Math.max(...Object.values(wanted.gradients).map((summary) => summary.largest));
        const errors = {
          loss: Math.abs(loss - wanted.loss),
          logits: worstError(logits, wanted.logits),
          settledLogits: worstError(settled.asItIs, wanted.settledLogits),
          folded: worstError(settled.folded, wanted.settledLogits),
          ...mapValues(wanted.gradients, (summary, key) => errorOf(gradients[key] ?? [], summary, largest / 100)),
        };
        expect(Object.entries(errors).filter(([, error]) => !(error < 2e-4))).toEqual([]);
      },
    );

    test('thirty steps with everything that draws at random leave no tensor and need no more memory', () => {
      const { settings } = reference.networks.find(({ title }) => title.startsWith('SELU, fractional'))!;
      const { before, after } = measureGrowth({ ...settings, stochasticDepth: 0.5 }, 30);
      expect(after).toEqual(before);
    });
  });
}

/** One step of training, and what the network answers without. */
function runNetwork({ head, ...settings }: ScratchSettings & { readonly head: HeadSettings }) {
  const untrained = residualNetwork({ settings, head, classCount: 3, seed: 1, preprocessing: () => [] });
  const network = { nodes: untrained.nodes.map(withFormulaWeights) };
  const tail = createTail(network, possibleCuts(network)[0] ?? '', { reads: 'pixels' });
  const result = tf.tidy(() => {
    const pixels = sequenceTensor(1, [3, 16, 16, 3]);
    const labels = tf.tensor1d([0, 2, 1], 'int32');
    const asItIs = tail.logits(pixels).dataSync();
    const folded = forward(settle(network), pixels, { until: 'logits' }).dataSync();
    const logits = tail.logits(pixels, FORMULA_NOISE).dataSync();
    const { value, grads } = tf.variableGrads(
      () => softmaxCrossEntropy(tail.logits(pixels, FORMULA_NOISE), labels),
      [...tail.learned],
    );
    const learned = tail.nodes.flatMap(({ name, variables }) =>
      variables.flatMap(([role, variable]) =>
        isMeasured(role) ? [] : [[`${name}/${role}`, grads[variable.name]!.dataSync()] as const],
      ),
    );
    return {
      loss: value.dataSync()[0] ?? NaN,
      logits,
      settled: { asItIs, folded },
      gradients: Object.fromEntries(learned),
    };
  });
  tail.dispose();
  return result;
}

/** What the backend holds after the first step and after all of them. */
function measureGrowth({ head, ...settings }: ScratchSettings & { readonly head: HeadSettings }, stepCount: number) {
  const network = residualNetwork({ settings, head, classCount: 3, seed: 1, preprocessing: () => [] });
  const tail = createTail(network, possibleCuts(network)[0] ?? '', { reads: 'pixels' });
  const optimizer = createOptimizer(tail.learned, { optimizer: 'adamw', weightDecay: 0.01 });
  const step = (number: number) =>
    tf.tidy(() => {
      const pixels = sequenceTensor(1, [3, 16, 16, 3]);
      const labels = tf.tensor1d([0, 2, 1], 'int32');
      const loss = () => softmaxCrossEntropy(tail.logits(pixels, createNoise(1, number)), labels);
      const { grads } = tf.variableGrads(loss, [...tail.learned]);
      optimizer.apply(addPenalties(grads, tail.learned, { l1: 0.01, l2: 0.01 }), 0.01);
    });
  const held = () => ({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes });
  step(0);
  const before = held();
  for (let number = 1; number < stepCount; number++) step(number);
  const after = held();
  optimizer.dispose();
  tail.dispose();
  return { before, after };
}

/** As `Residual.weight` of the script. */
function withFormulaWeights(node: NetworkNode): NetworkNode {
  return mapParameters(node, ({ shape }, role): Parameter => {
    const values = sequenceParameter(seedOf(`${node.name}/${role}`), shape).values;
    const fanIn = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const scaled: { readonly [Role in ParameterRole]?: (value: number) => number } = {
      kernel: (value) => value * Math.sqrt(6 / fanIn),
      gamma: (value) => 1 + 0.3 * value,
      variance: (value) => 1 + 0.5 * value,
      slope: (value) => 0.25 + 0.2 * value,
    };
    return { shape, values: values.map(scaled[role] ?? ((value) => 0.3 * value)) };
  }) as NetworkNode; // as: the node's own roles
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, key: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** Largest difference, in units of the largest reference value or of 1. */
function worstError(values: ArrayLike<number>, wanted: readonly number[]): number {
  if (values.length !== wanted.length) return Infinity;
  const unit = Math.max(1, ...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, index) => Math.abs(value - (values[index] ?? NaN)))) / unit;
}
