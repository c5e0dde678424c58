import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { softmaxCrossEntropy, trainingLoss } from '../../../../src-main/engine/train/loss.ts';
import { createMovingAverage } from '../../../../src-main/engine/train/moving-average.ts';
import { clipByGlobalNorm, createOptimizer } from '../../../../src-main/engine/train/optimizers.ts';
import { rateMultipliers } from '../../../../src-main/engine/train/rate-multipliers.ts';
import { learningRateAt } from '../../../../src-main/engine/train/schedules.ts';
import type { Schedule } from '../../../../src-main/contract/training.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';

/** PyTorch's answers at double precision; see make-training-parts.py beside the file. */
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/train/training-parts.json'), 'utf8'),
) as {
  readonly schedules: readonly { schedule: Schedule; warmupEpochs: number; rates: number[] }[];
  readonly losses: readonly { labelSmoothing: number; weighted: boolean; value: number[]; gradient: number[] }[];
  readonly clips: readonly { maxNorm: number; gradients: number[][] }[];
  readonly descents: readonly { optimizer: 'adamw' | 'sgd'; after: number[][]; average: number[][] }[];
  readonly faint: number[];
};

beforeAll(loadTestBackend);

/** As in make-training-parts.py. */
function sequence(seed: number, shape: number[], scale = 1): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => (((i * 7919 + seed * 104729) % 1009) / 504.5 - 1) * scale,
  );
  return tf.tensor(values, shape, 'float32');
}

function worstError(got: ArrayLike<number>, wanted: readonly number[]): number {
  expect(got.length).toBe(wanted.length);
  return Math.max(...wanted.map((value, index) => Math.abs(value - (got[index] ?? NaN))));
}

test.each(reference.schedules)(
  'the $schedule schedule with $warmupEpochs epochs of warm-up gives the rates of PyTorch',
  ({ rates, ...plan }) => {
    const got = rates.map((_, step) =>
      learningRateAt({ ...plan, learningRate: 0.8, epochs: 9, stepsPerEpoch: 2 }, step),
    );
    expect(worstError(got, rates)).toBeLessThan(1e-8);
  },
);

test('a cosine ends at zero, and stays there', () => {
  const plan = { schedule: 'cosine', learningRate: 1, warmupEpochs: 1, epochs: 3, stepsPerEpoch: 5 } as const;
  expect(learningRateAt(plan, 15)).toBeCloseTo(0, 12);
  expect(learningRateAt(plan, 99)).toBeCloseTo(0, 12);
});

test.each(reference.losses)(
  'the loss with smoothing $labelSmoothing, weighted $weighted, has the value and gradient of PyTorch',
  ({ labelSmoothing, weighted, value, gradient }) => {
    tf.tidy(() => {
      const logits = sequence(1, [7, 4], 3) as tf.Tensor2D; // as: rank given
      const classes = Array.from({ length: 7 }, (_, row) => (row * 3) % 4);
      const labels = tf.tensor1d(classes, 'int32');
      const weights = tf.tensor1d(classes.map((label) => [0.5, 2, 1, 3][label] ?? NaN));
      const options = { labelSmoothing, ...(weighted ? { weights } : {}) };
      const got = tf.valueAndGrad((x: tf.Tensor) => trainingLoss(x as tf.Tensor2D, labels, options))(logits);
      expect(worstError(got.value.dataSync(), value)).toBeLessThan(1e-6);
      expect(worstError(got.grad.dataSync(), gradient)).toBeLessThan(1e-7);
      if (labelSmoothing > 0 || weighted) return;
      expect(worstError(softmaxCrossEntropy(logits, labels).dataSync(), value)).toBeLessThan(1e-6);
    });
  },
);

test.each(reference.clips)('gradients clipped to norm $maxNorm are those of PyTorch', ({ maxNorm, gradients }) => {
  tf.tidy(() => {
    const clipped = clipByGlobalNorm({ a: sequence(10, [3, 4], 2), b: sequence(11, [4], 2) }, maxNorm);
    expect(worstError(clipped['a']!.dataSync(), gradients[0]!)).toBeLessThan(1e-6);
    expect(worstError(clipped['b']!.dataSync(), gradients[1]!)).toBeLessThan(1e-6);
  });
});

/** Two layers under a cosine, the first learning at 1 / 2.6 of the second's rate; as `descend` in the script. */
function descent(kind: 'adamw' | 'sgd') {
  const [first, second] = tf.tidy(() => [
    tf.variable(sequence(20, [5, 3]), true, 'descent/first'),
    tf.variable(sequence(21, [3]), true, 'descent/second'),
  ]);
  const rates = rateMultipliers(['descent/first', 'descent/second'], 1 / 2.6);
  const optimizer = createOptimizer([first!, second!], {
    optimizer: kind,
    weightDecay: 0.2,
    rateOf: ({ name }) => rates.get(name) ?? NaN,
  });
  const average = createMovingAverage([first!, second!], 0.7);
  return {
    variables: [first!, second!],
    optimizer,
    average,
    step(index: number) {
      tf.tidy(() => {
        const inputs = sequence(30 + index, [4, 5]);
        const { grads } = tf.variableGrads(() =>
          tf.sum(tf.square(tf.dot(tf.tanh(tf.matMul(inputs, first as tf.Variable)), second!))),
        );
        const plan = { schedule: 'cosine', learningRate: 0.1, warmupEpochs: 0, epochs: 8, stepsPerEpoch: 1 } as const;
        optimizer.apply(grads, learningRateAt(plan, index));
      });
      average.update();
    },
    values: () => [first!, second!].map((variable) => Float32Array.from(variable.dataSync())),
    dispose() {
      optimizer.dispose();
      average.dispose();
      tf.dispose([first!, second!]);
    },
  };
}

describe.each(reference.descents)('$optimizer with a rate for each layer, a schedule and an average', (wanted) => {
  test('steps as PyTorch does, and averages what it computes by the definition', () => {
    const run = descent(wanted.optimizer);
    for (let index = 0; index < 8; index++) run.step(index);
    const after = run.values();
    run.average.swapIn();
    const averaged = run.values();
    run.average.swapBack();
    const back = run.values();
    run.dispose();
    after.forEach((values, index) => expect(worstError(values, wanted.after[index]!)).toBeLessThan(2e-6));
    averaged.forEach((values, index) => expect(worstError(values, wanted.average[index]!)).toBeLessThan(2e-6));
    expect(back).toEqual(after);
  });

  test('goes on from a saved state byte for byte', async () => {
    const whole = descent(wanted.optimizer);
    for (let index = 0; index < 8; index++) whole.step(index);
    const expected = [whole.values(), await whole.optimizer.save(), await whole.average.save()];
    whole.dispose();

    const start = descent(wanted.optimizer);
    for (let index = 0; index < 3; index++) start.step(index);
    const saved = {
      values: start.values(),
      optimizer: await start.optimizer.save(),
      average: await start.average.save(),
    };
    start.dispose();

    const rest = descent(wanted.optimizer);
    rest.step(7); // leaves traces that restoring must wipe out
    rest.variables.forEach((variable, index) =>
      tf.tidy(() => variable.assign(tf.tensor(saved.values[index]!, variable.shape))),
    );
    rest.optimizer.restore(saved.optimizer);
    rest.average.restore(saved.average);
    for (let index = 3; index < 8; index++) rest.step(index);
    expect([rest.values(), await rest.optimizer.save(), await rest.average.save()]).toEqual(expected);
    rest.dispose();
  });

  test('refuses a state of other variables', async () => {
    const run = descent(wanted.optimizer);
    const { step } = await run.optimizer.save();
    expect(() => run.optimizer.restore({ step, slots: {} })).toThrow('descent/first');
    expect(() => run.average.restore({ step, sums: { 'descent/first': Float32Array.of(1) } })).toThrow(
      'expected 15 values',
    );
    run.dispose();
  });

  test('grows by no tensor over 1,000 steps, and leaves none behind', async () => {
    const whole = () => {
      const run = descent(wanted.optimizer);
      const gradients = { 'descent/first': sequence(1, [5, 3]), 'descent/second': sequence(2, [3]) };
      const before = tf.memory().numTensors;
      for (let index = 1; index <= 1000; index++) {
        const clipped = clipByGlobalNorm(gradients, 1);
        run.optimizer.apply(clipped, 0.1);
        run.average.update();
        tf.dispose(clipped);
      }
      run.average.swapIn();
      run.average.swapBack();
      expect(tf.memory().numTensors).toBe(before);
      run.average.swapIn(); // and is disposed of while swapped
      run.dispose();
      tf.dispose(gradients);
      return Promise.resolve();
    };
    expect(await countLeakedTensors(whole)).toBe(0);
  });
});

test('by gradients of 1e-8 AdamW steps as PyTorch does', () => {
  const variable = tf.tidy(() => tf.variable(sequence(40, [4])));
  const optimizer = createOptimizer([variable], { optimizer: 'adamw', weightDecay: 0 });
  for (let step = 0; step < 3; step++) {
    tf.tidy(() => optimizer.apply({ [variable.name]: sequence(41 + step, [4], 2e-8) }, 0.1));
  }
  expect(worstError(variable.dataSync(), reference.faint)).toBeLessThan(1e-6);
  optimizer.dispose();
  variable.dispose();
});

test('before its first update an average leaves the variables as they are', () => {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  const average = createMovingAverage([variable], 0.9);
  average.swapIn();
  expect([...variable.dataSync()]).toEqual([1, 2]);
  average.swapBack();
  average.dispose();
  variable.dispose();
});

test('each node learns at a fixed share of the rate of the one after it', () => {
  expect([...rateMultipliers(['a', 'b', 'head'], 0.5)]).toEqual([
    ['a', 0.25],
    ['b', 0.5],
    ['head', 1],
  ]);
});
