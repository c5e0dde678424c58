import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';

beforeAll(async () => {
  tf.env().set('IS_TEST', true); // or the plain-JavaScript backend recommends the native one
  await loadEverywhere();
});
afterAll(() => tf.setBackend('wasm'));

/** Uniform in -1..1, the same on each backend. */
function values(shape: readonly number[], seed: number): tf.Tensor {
  const random = createRandom(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => 2 * random() - 1),
    [...shape],
    'float32',
  );
}

/** Computes on the plain-JavaScript backend and on ours, and compares: shapes alike, values to 1e-5 of the largest. */
async function expectAlike(compute: () => readonly tf.Tensor[]): Promise<void> {
  const results: { shapes: number[][]; values: number[][] }[] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = compute();
      results.push({
        shapes: tensors.map(({ shape }) => shape),
        values: tensors.map((tensor) => Array.from(tensor.dataSync())),
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  }
  const [expected, got] = results;
  expect(got?.shapes).toEqual(expected?.shapes);
  expected?.values.forEach((array, index) => {
    const largest = array.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const error = array.reduce((most, value, at) => {
      const difference = Math.abs(value - (got?.values[index]?.[at] ?? NaN));
      return Number.isNaN(most) || difference <= most ? most : difference; // NaN stays: a missing value fails
    }, 0);
    expect(error / largest).toBeLessThan(1e-5);
  });
}

const side = fc.integer({ min: 1, max: 11 });
const filterSide = fc.integer({ min: 1, max: 5 });
const stride = fc.integer({ min: 1, max: 3 });
const padded = fc.record({
  filterSides: fc.tuple(filterSide, filterSide),
  strides: fc.tuple(stride, stride),
  padding: fc.constantFrom('same' as const, 'valid' as const),
});
/** Square, since tfjs works out the output's width by the filter's height where padding is a number. */
const paddedByNumber = fc
  .tuple(filterSide, stride, fc.nat(4))
  .filter(([filter, , padding]) => padding < filter)
  .map(([filter, step, padding]) => ({
    filterSides: [filter, filter] as [number, number],
    strides: [step, step] as [number, number],
    padding,
  }));
const channelCount = fc.integer({ min: 1, max: 9 });
const geometry = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    sides: fc.tuple(side, side),
    channels: fc.tuple(channelCount, channelCount),
    window: fc.oneof(padded, paddedByNumber),
    seed: fc.nat(1e6),
  })
  .filter(({ sides, window: { filterSides, padding } }) => {
    const around = typeof padding === 'number' ? 2 * padding : 0;
    return padding === 'same' || sides.every((length, axis) => length + around >= (filterSides[axis] ?? 0));
  });

test.each(['full', 'depthwise'] as const)(
  'the gradients of any %s convolution equal plain JavaScript',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(geometry, async ({ batch, sides, channels: [inChannels, outChannels], window, seed }) => {
        const { filterSides, strides, padding } = window;
        const convolve = (x: tf.Tensor4D, w: tf.Tensor4D) =>
          kind === 'full' ? tf.conv2d(x, w, strides, padding) : tf.depthwiseConv2d(x, w, strides, padding);
        await expectAlike(() => {
          const x = values([batch, ...sides, inChannels], seed) as tf.Tensor4D;
          const filterShape = [...filterSides, inChannels, kind === 'full' ? outChannels : 1];
          const w = values(filterShape, seed + 1) as tf.Tensor4D;
          const gradients = tf.grads((a, b) => convolve(a as tf.Tensor4D, b as tf.Tensor4D));
          return gradients([x, w], values(convolve(x, w).shape, seed + 2));
        });
      }),
      { numRuns: 150 },
    );
  },
);

const length = fc.integer({ min: 1, max: 9 });

test('products of any stacked and transposed matrices equal plain JavaScript', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      fc.tuple(length, length, length),
      fc.boolean(),
      fc.boolean(),
      async (stack, [rows, inner, columns], transposeA, transposeB) => {
        await expectAlike(() => {
          const a = values([...stack, ...(transposeA ? [inner, rows] : [rows, inner])], 1);
          const b = values([...stack, ...(transposeB ? [columns, inner] : [inner, columns])], 2);
          const product = (left: tf.Tensor, right: tf.Tensor) => tf.matMul(left, right, transposeA, transposeB);
          return [product(a, b), ...tf.grads((l, r) => product(l as tf.Tensor, r as tf.Tensor))([a, b])];
        });
      },
    ),
  );
});

test('a stack times one matrix is still computed, by the package', async () => {
  await expectAlike(() => [tf.matMul(values([3, 2, 4], 1), values([1, 4, 5], 2))]);
});

test('repetitions of any shape equal plain JavaScript', async () => {
  const shapes = fc.array(fc.tuple(length, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(shapes, async (axes) => {
      const shape = axes.map(([size]) => size);
      const repetitions = axes.map(([, times]) => times);
      const flat = axes.map(([size, times]) => (times === 1 ? size : 1));
      await expectAlike(() => [tf.tile(values(shape, 3), repetitions), tf.tile(values(flat, 4), repetitions)]);
    }),
  );
});

test('the gradient of any max pooling equals plain JavaScript, of negative values too', async () => {
  await fc.assert(
    fc.asyncProperty(geometry, async ({ batch, sides, channels: [channels], window, seed }) => {
      const { filterSides, strides, padding } = window;
      const pool = (x: tf.Tensor4D) => tf.maxPool(x, filterSides, strides, padding);
      await expectAlike(() => {
        const x = tf.sub(values([batch, ...sides, channels], seed), 0.8) as tf.Tensor4D;
        return [tf.grad((input: tf.Tensor) => pool(input as tf.Tensor4D))(x, values(pool(x).shape, seed + 1))];
      });
    }),
    { numRuns: 150 },
  );
});

test('slices picked along any axis equal plain JavaScript', async () => {
  const picks = fc
    .record({ shape: fc.array(length, { minLength: 1, maxLength: 4 }), axis: fc.nat(3), places: fc.array(fc.nat(8)) })
    .filter(({ shape, axis, places }) => axis < shape.length && places.length > 0)
    .map(({ shape, axis, places }) => ({ shape, axis, places: places.map((place) => place % shape[axis]!) }));
  await fc.assert(
    fc.asyncProperty(picks, async ({ shape, axis, places }) => {
      await expectAlike(() => [tf.gather(values(shape, 5), tf.tensor1d(places, 'int32'), axis)]);
    }),
  );
});
