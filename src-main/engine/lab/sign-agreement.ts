/**
 * Why outputs of one sign are a hindrance: a unit's weights are pulled by (error of the unit) × (output of the layer before), so that
 * where all those outputs are positive, one picture pulls all weights of the unit up, or all of them down.
 *
 * @see LeCun et al. 1998, "Efficient BackProp", section 4.3.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { SignAgreement } from '../../contract/lab/activation-curves.ts';
import { activate } from '../network/activations.ts';
import { initialWeights } from '../network/initialise.ts';
import { createRandom } from '../random.ts';
import { softmaxCrossEntropy } from '../train/loss.ts';
import { average } from './average.ts';
import type { CentredInputs } from './centred-inputs.ts';

/** Keeps these draws apart from others with the same seed. */
const STREAM = 43;

interface Options {
  /** Of each of the two hidden layers. */
  readonly units: number;
  readonly classCount: number;
  readonly seed: number;
}

/**
 * One batch through a classifier with two hidden layers and Xavier's weights, once with sigmoids and once with tanh, from the same
 * draw: the signs of the gradient by the second layer's weights. Needs a tfjs backend.
 *
 * @param labels  class number of each picture.
 */
export function measureSigns(
  { values, pictureCount, featureCount }: CentredInputs,
  labels: Uint32Array,
  { units, classCount, seed }: Options,
): SignAgreement[] {
  return (['sigmoid', 'tanh'] as const).map((activation) =>
    tf.tidy(() => {
      const random = createRandom(seed, STREAM);
      const [first, second, last] = [
        [featureCount, units],
        [units, units],
        [units, classCount],
      ].map((shape) => tf.tensor(initialWeights('xavier', shape, random).values, shape as [number, number])) as [
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
      ]; // as: three shapes of two axes
      const before = activate(
        tf.matMul(tf.tensor2d(values, [pictureCount, featureCount]), first),
        activation,
      ) as tf.Tensor2D; // as: like its input
      const classes = tf.tensor1d(Int32Array.from(labels), 'int32');
      const errors = tf.grad((sums) =>
        softmaxCrossEntropy(tf.matMul(activate(sums, activation) as tf.Tensor2D, last), classes),
      )(tf.matMul(before, second)) as tf.Tensor2D; // as: like the sums
      return {
        activation,
        perPicture: average(majorities(before.dataSync<'float32'>(), units)),
        perUnit: majorities(tf.matMul(errors, before, true).dataSync<'float32'>(), units),
      };
    }),
  );
}

/**
 * Of each row, the share of the values with the more frequent sign. By one picture a unit's gradient is the row of outputs before,
 * times one number: all its units have the same share, that of the row itself.
 */
function majorities(values: Float32Array, length: number): number[] {
  return Array.from({ length: values.length / length }, (_, row) => {
    const own = values.subarray(row * length, (row + 1) * length);
    const positive = own.filter((value) => value > 0).length;
    return Math.max(positive, length - positive) / length;
  });
}
