/** What one step of the optimiser was, layer by layer: the gradient's size, and that of the update beside the weights'. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerDiagnosis } from '../../contract/diagnostics.ts';
import { distributionOf, download, sampleOf } from './distribution.ts';

/** A layer's kernel around a step. */
export interface WatchedStep {
  readonly before: tf.Tensor;
  readonly after: tf.Tensor;
  /** By the kernel, like it. */
  readonly gradient: tf.Tensor;
  /** α of its PReLU after the step, [channels]; null where it has none. */
  readonly slopes: tf.Tensor | null;
}

export type StepStatistics = Pick<LayerDiagnosis, 'weights' | 'gradientNorm' | 'updateRatio' | 'sparsity' | 'slopes'>;

export interface StepWatch {
  /** Looks at a step, instead of the one before. Nothing waits for the device. @param layers  borrowed. */
  see(layers: readonly WatchedStep[]): void;
  /** Of the step last seen, layer by layer; null where a value is not a finite number. Waits for the device. */
  take(): Promise<readonly StepStatistics[] | null>;
  dispose(): void;
}

/** Weights of a layer. */
const SAMPLE_COUNT = 4096;

/** Size below which a weight is near 0, as a share of the largest. */
const NEAR_ZERO = 0.01;

export function createStepWatch(): StepWatch {
  /** Of each layer: squared norms of gradient, update and weights, then its slopes, then sampled weights. */
  let seen: { readonly values: tf.Tensor1D; readonly slopeCount: number }[] = [];
  const dispose = () => tf.dispose(seen.map(({ values }) => values));
  return {
    see(layers) {
      dispose();
      seen = layers.map(({ before, after, gradient, slopes }) => {
        const values = tf.tidy(() => {
          const squares = [tf.square(gradient), tf.squaredDifference(after, before), tf.square(before)];
          const all = [
            tf.stack(squares.map((square) => tf.sum(square))),
            ...(slopes === null ? [] : [slopes]),
            sampleOf(after, SAMPLE_COUNT),
          ];
          return tf.concat(all) as tf.Tensor1D; // as: each has one axis
        });
        return { values: tf.keep(values), slopeCount: slopes?.size ?? 0 };
      });
    },
    async take() {
      const all = await download(seen.map(({ values }) => values));
      return all && seen.map(({ slopeCount }, index) => read(all[index] as Float32Array, slopeCount)); // as: one a layer
    },
    dispose,
  };
}

function read(values: Float32Array, slopeCount: number): StepStatistics {
  const [gradientNorm = 0, updateNorm = 0, weightNorm = 0] = values.subarray(0, 3).map(Math.sqrt);
  const slopes = values.subarray(3, 3 + slopeCount);
  const weights = values.subarray(3 + slopeCount);
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const nearZero = weights.filter((weight) => Math.abs(weight) <= NEAR_ZERO * largest);
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / slopeCount;
  return {
    weights: distributionOf(weights),
    gradientNorm,
    updateRatio: weightNorm === 0 ? 0 : updateNorm / weightNorm,
    sparsity: nearZero.length / weights.length,
    ...(slopeCount === 0 ? {} : { slopes: { mean, min: Math.min(...slopes), max: Math.max(...slopes) } }),
  };
}
