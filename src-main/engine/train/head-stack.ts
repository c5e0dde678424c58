/**
 * Many linear heads as one tensor. Heads of one seed see the same batches, so that their kernels lie side by side in one matrix
 * [features + 1, heads · classes], biases in its last row, for inputs that end in a 1; seeds see other batches, and make the
 * leading axis. One step is then two batched products and one update whatever the number of heads; the gradient of softmax
 * cross-entropy, Xᵀ(P − Y) / batch, is written out.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';
import type { LinearHead } from '../network/network.ts';
import { initialWeights } from './initial-heads.ts';
import { createStackSettings, type StackSettings, type StackShape } from './stack-settings.ts';
import type { WatchedStep } from './step-watch.ts';

/** Numbers a head, summed over rows: [seeds · heads]. */
export interface HeadSums {
  readonly loss: Float32Array;
  readonly correct: Float32Array;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;
const MOMENTUM = 0.9;
const NORM_EPSILON = 1e-6;
/** Below any probability that matters: a loss of 69 nats. */
const SMALLEST = 1e-30;

export class HeadStack {
  readonly #shape: StackShape;
  readonly #config: TrainConfig;
  /** [seeds, features + 1, heads · classes], as are the moments, the best and the average. */
  readonly #weights: tf.Variable;
  readonly #moments: readonly tf.Variable[];
  readonly #best: tf.Variable;
  readonly #average: tf.Variable | null;
  readonly #sums: { readonly loss: tf.Variable; readonly correct: tf.Variable };
  readonly #settings: StackSettings;
  #step = 0;

  /**
   * @param configs       by seed, then by place; all alike but for rate, decay, smoothing and seed.
   * @param initialScale  what the initial weights are multiplied by.
   */
  constructor(shape: StackShape, configs: readonly (readonly TrainConfig[])[], initialScale = 1) {
    const { seedCount, headCount, featureCount, classCount } = shape;
    const first = configs[0]?.[0];
    if (first === undefined) throw new Error('A stack needs at least one head');
    this.#shape = shape;
    this.#config = first;
    const columns = headCount * classCount;
    this.#settings = createStackSettings(shape, configs);
    this.#weights = variable(initialWeights(shape, configs, initialScale), [seedCount, featureCount + 1, columns]);
    const like = () => variable(null, this.#weights.shape);
    this.#moments = first.optimizer === 'sgd' ? [like()] : [like(), like()];
    this.#best = like();
    this.#average = first.emaDecay > 0 ? like() : null;
    this.#sums = { loss: variable(null, [seedCount, headCount]), correct: variable(null, [seedCount, headCount]) };
  }

  /**
   * One step of every head.
   *
   * @param inputs     float32 [seeds · batch, features + 1], standardised, then a 1. Borrowed.
   * @param labels     class numbers, [seeds · batch].
   * @param weights    one a row; null where all count alike.
   * @param rateShare  of this step, of each head's own learning rate.
   * @param onUpdate   sees what the step made of the kernel; of a stack of one head. Borrowed.
   */
  step(
    inputs: tf.Tensor2D,
    labels: Int32Array,
    weights: Float32Array | null,
    rateShare: number,
    onUpdate?: (kernel: Omit<WatchedStep, 'slopes'>) => void,
  ): void {
    this.#step++;
    const { seedCount, headCount, featureCount, classCount } = this.#shape;
    const batch = labels.length / seedCount;
    tf.tidy(() => {
      const x = tf.reshape<tf.Rank.R3>(inputs, [seedCount, batch, featureCount + 1]);
      const { losses, errors, correct } = this.#compare(this.#logits(x, this.#weights), labels);
      const flat = tf.reshape<tf.Rank.R3>(errors, [seedCount, batch, headCount * classCount]);
      const shares = weights === null ? tf.scalar(1 / batch) : sharesOf(tf.tensor(weights, [seedCount, batch, 1]));
      const scaled = tf.mul(flat, shares) as tf.Tensor3D; // as: the shares have one column
      const gradient = tf.matMul(x, scaled, true);
      const before = onUpdate && tf.clone(this.#weights); // no copy: the update gives the variable other values
      this.#update(gradient, rateShare);
      const kernel = (all: tf.Tensor) => tf.slice(all, [0, 0, 0], [seedCount, featureCount, headCount * classCount]);
      if (before) onUpdate({ before: kernel(before), after: kernel(this.#weights), gradient: kernel(gradient) });
      const summed = weights === null ? tf.sum(losses, 1) : tf.mul(tf.sum(tf.mul(losses, shares), 1), batch);
      this.#sums.loss.assign(tf.add(this.#sums.loss, summed));
      this.#sums.correct.assign(tf.add(this.#sums.correct, tf.sum(correct, 1)));
    });
  }

  /** What the steps since the last call have summed. Waits for the device. */
  async takeSums(): Promise<HeadSums> {
    const { loss, correct } = this.#sums;
    const sums = { loss: await loss.data<'float32'>(), correct: await correct.data<'float32'>() };
    for (const sum of [loss, correct]) tf.tidy(() => sum.assign(tf.zerosLike(sum)));
    return { loss: Float32Array.from(sums.loss), correct: Float32Array.from(sums.correct) };
  }

  /**
   * Measures every head, with the averaged weights where there are some: cross-entropy without smoothing.
   *
   * @param inputs  float32 [rows, features + 1], standardised, then a 1. Borrowed.
   * @returns       [2, seeds, heads]: summed losses, correct answers. Owned by the caller.
   */
  measure(inputs: tf.Tensor2D, labels: Int32Array): tf.Tensor3D {
    const { seedCount } = this.#shape;
    return tf.tidy(() => {
      const weights = this.#average ?? this.#weights;
      const bySeed = Array.from({ length: seedCount }, (_, seed) => {
        const logits = this.#logits(tf.expandDims(inputs, 0), tf.slice(weights, seed, 1));
        const { losses, correct } = this.#compare(logits, labels, 1, null);
        return tf.stack([tf.sum(losses, 1), tf.sum(correct, 1)]);
      });
      return tf.concat(bySeed, 1) as tf.Tensor3D; // as: [2, 1, heads] each
    });
  }

  /**
   * Class numbers that the first head gives, with the averaged weights where there are some.
   *
   * @param inputs  as in `measure`. Borrowed.
   * @param rows    of `inputs`, those that are asked for.
   * @returns       int32 [rows]. Owned by the caller.
   */
  predict(inputs: tf.Tensor2D, rows: readonly number[]): tf.Tensor1D {
    return tf.tidy(() => {
      const chosen = tf.gather(inputs, tf.tensor1d([...rows], 'int32'));
      const logits = this.#logits(tf.expandDims(chosen, 0), tf.slice(this.#average ?? this.#weights, 0, 1));
      return tf.squeeze(tf.argMax(tf.slice(logits, [0, 0, 0, 0], [1, rows.length, 1, -1]), 3), [0, 2]);
    });
  }

  /** Keeps what the chosen heads hold now. @param chosen  by seed and place. */
  keep(chosen: readonly boolean[]): void {
    const { seedCount, classCount } = this.#shape;
    tf.tidy(() => {
      const mask = tf.tensor(
        chosen.flatMap((is) => new Array<boolean>(classCount).fill(is)),
        [seedCount, 1, (chosen.length * classCount) / seedCount],
        'bool',
      );
      const now = this.#average ?? this.#weights;
      this.#best.assign(tf.where(tf.broadcastTo(mask, now.shape), now, this.#best));
    });
  }

  /** The heads that were kept, by seed and place. Waits for the device. */
  async kept(): Promise<LinearHead[]> {
    const { seedCount, headCount, featureCount, classCount } = this.#shape;
    const weights = await this.#best.data<'float32'>();
    const columns = headCount * classCount;
    return Array.from({ length: seedCount * headCount }, (_, index) => {
      const [seed, place] = [Math.floor(index / headCount), index % headCount];
      const rows = Float32Array.from({ length: (featureCount + 1) * classCount }, (_, at) => {
        const row = seed * (featureCount + 1) + Math.floor(at / classCount);
        return weights[row * columns + place * classCount + (at % classCount)] ?? 0;
      });
      return {
        kernel: { shape: [featureCount, classCount], values: rows.slice(0, -classCount) },
        bias: { shape: [classCount], values: rows.slice(-classCount) },
      };
    });
  }

  dispose(): void {
    const { loss, correct } = this.#sums;
    tf.dispose([this.#weights, this.#best, ...this.#moments, loss, correct]);
    this.#average?.dispose();
    this.#settings.dispose();
  }

  /** [seeds, batch, heads, classes] */
  #logits(x: tf.Tensor, weights: tf.Tensor): tf.Tensor4D {
    const { headCount, classCount } = this.#shape;
    const [seeds = 1, batch = 0] = x.shape;
    return tf.reshape(tf.matMul(x, weights), [seeds, batch, headCount, classCount]);
  }

  /** Losses and correct answers, [seeds, batch, heads]; errors, P − Y, [seeds, batch, heads, classes]. */
  #compare(
    logits: tf.Tensor4D,
    labels: Int32Array,
    seeds = this.#shape.seedCount,
    smoothing: tf.Tensor | null = this.#settings.smoothing,
  ) {
    const { classCount } = this.#shape;
    const batch = labels.length / seeds;
    const truth = tf.tensor3d(labels, [seeds, batch, 1], 'int32');
    // A cast, since the WebAssembly backend of tfjs 4.22 gives zeros where float32 values are asked for.
    const hot = tf.cast(tf.oneHot(tf.reshape(truth, [-1]), classCount), 'float32');
    const hard = tf.reshape(hot, [seeds, batch, 1, classCount]);
    const targets =
      smoothing === null ? hard : tf.add(tf.mul(hard, tf.sub(1, smoothing)), tf.div(smoothing, classCount));
    // One kernel, where tfjs makes the logarithm of a softmax of nine.
    const probabilities = tf.softmax(logits);
    return {
      losses: tf.neg(tf.sum(tf.mul(targets, tf.log(tf.maximum(probabilities, SMALLEST))), 3)),
      errors: tf.sub(probabilities, targets),
      correct: tf.cast(tf.equal(tf.argMax(logits, 3), truth), 'float32'),
    };
  }

  #update(gradient: tf.Tensor, rateShare: number): void {
    const { clipNorm, emaDecay } = this.#config;
    const penalised = this.#penalise(gradient);
    const direction = this.#direction(clipNorm > 0 ? this.#clip(penalised, clipNorm) : penalised);
    const isFullRate = rateShare === 1;
    const { rate, decay, undecayed } = this.#settings;
    const change = tf.mul(direction, isFullRate ? rate : tf.mul(rate, rateShare));
    const left = isFullRate ? undecayed : tf.sub(1, tf.mul(decay, rateShare));
    this.#weights.assign(tf.sub(tf.mul(this.#weights, left), change));
    if (this.#average === null) return;
    // The latest values weigh (1 − decay) / (1 − decay^n): an average of those so far, none of what came before them.
    const share = (1 - emaDecay) / (1 - emaDecay ** this.#step);
    this.#average.assign(tf.add(tf.mul(this.#average, 1 - share), tf.mul(this.#weights, share)));
  }

  /** As in `penalties.ts`. */
  #penalise(gradient: tf.Tensor): tf.Tensor {
    const { penalties } = this.#settings;
    if (penalties === null) return gradient;
    const { l1, l2 } = penalties;
    return tf.add(gradient, tf.add(tf.mul(tf.sign(this.#weights), l1), tf.mul(this.#weights, l2)));
  }

  /** AdamW's or momentum's, as in `optimizers.ts`. */
  #direction(gradient: tf.Tensor): tf.Tensor {
    const [first, second] = this.#moments;
    if (first === undefined) throw new Error('No moment for these weights');
    if (second === undefined) {
      first.assign(tf.add(tf.mul(first, MOMENTUM), gradient));
      return first;
    }
    // As sums, their factors joined with those of the bias correction: fewer kernels, the same numbers.
    first.assign(tf.add(tf.mul(first, BETA_1), gradient));
    second.assign(tf.add(tf.mul(second, BETA_2), tf.square(gradient)));
    const firstFactor = (1 - BETA_1) / (1 - BETA_1 ** this.#step);
    const secondFactor = Math.sqrt((1 - BETA_2) / (1 - BETA_2 ** this.#step));
    const direction = tf.div(first, tf.add(tf.sqrt(second), EPSILON / secondFactor));
    return tf.mul(direction, firstFactor / secondFactor);
  }

  /** By each head's own norm, as in `optimizers.ts`. */
  #clip(gradient: tf.Tensor, clipNorm: number): tf.Tensor {
    const { seedCount, headCount, classCount } = this.#shape;
    const byHead = tf.reshape(tf.sum(tf.square(gradient), 1), [seedCount, headCount, classCount]);
    const norm = tf.sqrt(tf.sum(byHead, 2, true));
    const factor = tf.minimum(tf.div(clipNorm, tf.add(norm, NORM_EPSILON)), 1);
    return tf.mul(gradient, tf.reshape(tf.tile(factor, [1, 1, classCount]), [seedCount, 1, -1]));
  }
}

/** Each row's part of a batch's mean, by weight. */
function sharesOf(weights: tf.Tensor): tf.Tensor {
  return tf.div(weights, tf.sum(weights, 1, true));
}

/** In a tidy, since `tf.variable` copies what it is given and does not dispose of it. */
function variable(values: Float32Array | null, shape: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(values === null ? tf.zeros(shape) : tf.tensor(values, shape), false));
}
