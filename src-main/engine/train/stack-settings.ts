/** What the heads of a stack may differ in, as tensors that a step multiplies by. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';

/** Heads by seed and place: a grid without gaps. */
export interface StackShape {
  readonly seedCount: number;
  /** Heads of each seed. */
  readonly headCount: number;
  readonly featureCount: number;
  readonly classCount: number;
}

export interface StackSettings {
  /** By column, [seeds, 1, heads · classes]. */
  readonly rate: tf.Tensor;
  /** What a step at the full rate takes of each weight, and leaves of it; like the weights. */
  readonly decay: tf.Tensor;
  readonly undecayed: tf.Tensor;
  /** Factors of the penalties' gradients, like the weights; null where nothing is penalised. */
  readonly penalties: { readonly l1: tf.Tensor; readonly l2: tf.Tensor } | null;
  /** By head, [seeds, 1, heads, 1]; null where no label is smoothed. */
  readonly smoothing: tf.Tensor | null;
  dispose(): void;
}

/** @param configs  by seed, then by place. */
export function createStackSettings(
  { seedCount, headCount, featureCount, classCount }: StackShape,
  configs: readonly (readonly TrainConfig[])[],
): StackSettings {
  const byHead = (pick: (config: TrainConfig) => number) => configs.flatMap((row) => row.map(pick));
  const byColumn = (values: readonly number[]) =>
    tf.tensor(
      values.flatMap((value) => new Array<number>(classCount).fill(value)),
      [seedCount, 1, headCount * classCount],
    );
  // Biases, the last row, are left alone: shrinking them only moves the answer away from the classes' shares.
  const ofKernels = (pick: (config: TrainConfig) => number) =>
    tf.tidy(() => {
      const isKernel = tf.concat([tf.ones([1, featureCount, 1]), tf.zeros([1, 1, 1])], 1);
      return tf.mul(byColumn(byHead(pick)), isKernel);
    });
  const rate = byColumn(byHead(({ learningRate }) => learningRate));
  const decay = ofKernels(({ learningRate, weightDecay }) => learningRate * weightDecay);
  const undecayed = tf.tidy(() => tf.sub(1, decay));
  const isPenalised = byHead(({ l1, l2 }) => l1 + l2).some((factor) => factor > 0);
  const penalties = isPenalised ? { l1: ofKernels(({ l1 }) => l1), l2: ofKernels(({ l2 }) => 2 * l2) } : null;
  const smoothings = byHead(({ labelSmoothing }) => labelSmoothing);
  const isSmoothed = smoothings.some((smoothing) => smoothing > 0);
  const smoothing = isSmoothed ? tf.tensor(smoothings, [seedCount, 1, headCount, 1]) : null;
  return {
    rate,
    decay,
    undecayed,
    penalties,
    smoothing,
    dispose() {
      tf.dispose([rate, decay, undecayed]);
      for (const one of [smoothing, penalties?.l1, penalties?.l2]) one?.dispose();
    },
  };
}
