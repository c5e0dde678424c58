/**
 * Linear heads with an L1 or an L2 penalty, brought to their optimum: many at once, as columns of one matrix.
 *
 * Context: a subgradient of |w|, as trainers add it to the loss, carries a weight to and fro across 0 and never leaves it there, so that
 * nothing could be counted. Choice: accelerated proximal gradient (FISTA) on the whole batch, whose step for |w| is a soft threshold
 * that gives zeros exactly; for w² it is a shrinking, so that all penalties go through the same solver. Cost: another path than a
 * training's, but the same optimum, since the problem is convex.
 *
 * @see Beck & Teboulle 2009, "A fast iterative shrinkage-thresholding algorithm for linear inverse problems".
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';

/** λ₁·Σ|w| + λ₂·Σw², over all weights but biases. */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

export interface Batch {
  /** float32 [pictures, features + 1]; the last column is 1, for the bias. */
  readonly inputs: tf.Tensor2D;
  /** int32 [pictures]. */
  readonly classes: tf.Tensor1D;
}

interface Options {
  readonly classCount: number;
  readonly iterations: number;
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Iterations between two looks at whether all has come to rest. */
const CHECK_EVERY = 50;

/** Largest change of a weight in an iteration, as a share of the largest weight, that counts as rest. */
const AT_REST = 1e-6;

/**
 * Minimises mean softmax cross-entropy plus each penalty, from zeros on. Where the classes can be separated and nothing is
 * penalised, the optimum lies at infinity, and what the iterations reach is given.
 *
 * Needs a tfjs backend; nothing is drawn at random.
 *
 * @param batch  what to learn from. Borrowed.
 * @returns      float32 [features + 1, penalties · classes]: each penalty's columns side by side. Owned by the caller.
 * @throws the signal's reason on an abort.
 */
export async function solvePenalised(
  { inputs, classes }: Batch,
  penalties: readonly Penalty[],
  { classCount, iterations, onProgress, signal }: Options,
): Promise<tf.Tensor2D> {
  const [pictureCount, rowCount] = inputs.shape;
  const shape: [number, number] = [rowCount, penalties.length * classCount];
  const step = 1 / largestCurvature(inputs);
  const fixed = tf.tidy(() => ({
    truth: tf.expandDims(tf.cast(tf.oneHot(classes, classCount), 'float32'), 1),
    threshold: perWeight(penalties.map(({ l1 }) => step * l1)),
    shrink: tf.div(1, tf.add(1, perWeight(penalties.map(({ l2 }) => 2 * step * l2)))),
  }));
  let [weights, ahead] = [tf.zeros(shape) as tf.Tensor2D, tf.zeros(shape) as tf.Tensor2D]; // as: two axes
  try {
    for (let iteration = 1; iteration <= iterations; iteration++) {
      const momentum = (iteration - 1) / (iteration + 2);
      const [next, nextAhead] = tf.tidy(() => {
        const moved = tf.sub(ahead, tf.mul(gradientAt(ahead), step));
        const pulled = tf.relu(tf.sub(tf.abs(moved), fixed.threshold));
        const there = tf.mul(tf.mul(tf.sign(moved), pulled), fixed.shrink) as tf.Tensor2D; // as: like the weights
        return [there, tf.add(there, tf.mul(tf.sub(there, weights), momentum)) as tf.Tensor2D] as const;
      });
      const isAtRest = iteration % CHECK_EVERY === 0 && (await hasCome(weights, next));
      tf.dispose([weights, ahead]);
      [weights, ahead] = [next, nextAhead];
      if (isAtRest) break;
      if (iteration % CHECK_EVERY !== 0) continue;
      onProgress?.(iteration);
      await yieldToEventLoop(); // native ops hold the thread: let messages in
      signal?.throwIfAborted();
    }
    return weights.clone();
  } finally {
    tf.dispose([weights, ahead, fixed.truth, fixed.threshold, fixed.shrink]);
  }

  function gradientAt(point: tf.Tensor2D): tf.Tensor {
    const logits = tf.reshape(tf.matMul(inputs, point), [pictureCount, penalties.length, classCount]);
    const errors = tf.mul(tf.sub(tf.softmax(logits), fixed.truth), 1 / pictureCount);
    return tf.matMul(inputs, tf.reshape(errors, [pictureCount, shape[1]]), true);
  }

  /** A number a penalty, for each of its weights; 0 for the last row, the biases. */
  function perWeight(values: readonly number[]): tf.Tensor {
    const row = values.flatMap((value) => new Array<number>(classCount).fill(value));
    const isWeight = Array.from({ length: rowCount }, (_, index) => [index < rowCount - 1 ? 1 : 0]);
    return tf.mul(tf.tensor2d(isWeight), tf.tensor1d(row));
  }
}

/** Whether an iteration has changed next to nothing. */
async function hasCome(before: tf.Tensor, after: tf.Tensor): Promise<boolean> {
  const both = tf.tidy(() => tf.stack([tf.max(tf.abs(tf.sub(after, before))), tf.max(tf.abs(after))]));
  const [change = 0, largest = 0] = await both.data();
  both.dispose();
  return change <= AT_REST * largest;
}

/** Multiplications that find the largest eigenvalue, and how far above what they find the bound is put. */
const POWERS = 50;
const MARGIN = 1.1;

/**
 * An upper bound of the loss's curvature in any direction: half the largest eigenvalue of inputsᵀ · inputs / pictures, because that of
 * softmax itself is at most a half.
 *
 * @see Böhning 1992, "Multinomial logistic regression algorithm".
 */
function largestCurvature(inputs: tf.Tensor2D): number {
  return tf.tidy(() => {
    const [pictureCount, rowCount] = inputs.shape;
    let direction = tf.ones([rowCount, 1]) as tf.Tensor2D; // as: two axes
    let length = 1;
    for (let power = 0; power < POWERS; power++) {
      const turned = tf.matMul(inputs, tf.matMul(inputs, direction), true) as tf.Tensor2D; // as: two axes
      length = Math.sqrt(tf.sum(tf.square(turned)).dataSync()[0] ?? 1);
      direction = tf.div(turned, length);
    }
    return (MARGIN * length) / (2 * pictureCount);
  });
}
