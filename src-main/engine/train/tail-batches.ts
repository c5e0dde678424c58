import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';
import { mixExamples, mixLabels, planMix, requireMixable, type MixPlan } from '../augment/mix.ts';
import { classWeights } from './balance.ts';
import type { LabelledExamples } from './labelled-examples.ts';

/** Rows as they are. */
export interface Batch {
  /** Rows × the shape of an example. */
  readonly inputs: tf.Tensor;
  /** int32, one a row. */
  readonly classes: tf.Tensor1D;
}

/** Rows as a step learns from them. */
export interface TrainingBatch extends Batch {
  /** `classes`, or where examples were mixed, rows × classes of shares. */
  readonly targets: tf.Tensor1D | tf.Tensor2D;
  /** Of each row in the loss; absent: all count the same. */
  readonly weights?: tf.Tensor1D;
}

/** Batches of examples. What they give makes the tensors, in the caller's own `tf.tidy`. */
export interface TailBatches {
  readonly read: (rows: Uint32Array) => Promise<() => Batch>;
  /** As the step of an epoch sees them: varied by the source, mixed, weighted. */
  readonly readForStep: (rows: Uint32Array, at: { epoch: number; step: number }) => Promise<() => TrainingBatch>;
}

/** @throws EngineError `setting/out-of-range` where such examples cannot be mixed. */
export function createTailBatches(examples: LabelledExamples, config: TrainConfig): TailBatches {
  const { source, labels, classCount, trainingRows } = examples;
  requireMixable(config, { shape: source.shape, classCount });
  const weights = config.balance === 'weights' ? classWeights(labels, trainingRows, classCount) : null;
  const [buffers, mixBuffers] = [new Map<number, Float32Array>(), new Map<number, Float32Array>()];
  return {
    read: async (rows) => {
      const values = await valuesOf(rows, null);
      return () => upload(rows, values);
    },
    readForStep: async (rows, { epoch, step }) => {
      const batch = { shape: source.shape, classCount, size: rows.length };
      const plan = planMix(config, batch, { seed: config.seed, epoch, step });
      const values = mixed(await valuesOf(rows, epoch), plan);
      return () => {
        const { inputs, classes } = upload(rows, values);
        return { inputs, classes, targets: plan === null ? classes : mixedLabels(rows, plan), ...weightsOf(rows) };
      };
    },
  };

  /** Into memory that is used again: a batch at the cut takes up to ten megabytes. */
  async function valuesOf(rows: Uint32Array, epoch: number | null): Promise<Float32Array> {
    const length = rows.length * source.shape.reduce((product, size) => product * size, 1);
    const buffer = bufferOf(buffers, length);
    await source.read(rows, epoch, buffer);
    return buffer;
  }

  function mixed(values: Float32Array, plan: MixPlan | null): Float32Array {
    return plan === null ? values : mixExamples(values, source.shape, plan, bufferOf(mixBuffers, values.length));
  }

  function mixedLabels(rows: Uint32Array, plan: MixPlan): tf.Tensor2D {
    const hot = new Float32Array(rows.length * classCount);
    rows.forEach((row, index) => (hot[index * classCount + classOf(row)] = 1));
    return tf.tensor2d(mixLabels(hot, plan), [rows.length, classCount]);
  }

  function upload(rows: Uint32Array, values: Float32Array): Batch {
    const classes = tf.tensor1d(Int32Array.from(rows, classOf), 'int32');
    return { inputs: tf.tensor(values, [rows.length, ...source.shape]), classes };
  }

  function weightsOf(rows: Uint32Array): { weights?: tf.Tensor1D } {
    if (weights === null) return {};
    return { weights: tf.tensor1d(Float32Array.from(rows, (row) => weights[classOf(row)] ?? 1)) };
  }

  function classOf(row: number): number {
    return labels[row] ?? 0;
  }
}

function bufferOf(buffers: Map<number, Float32Array>, length: number): Float32Array {
  const buffer = buffers.get(length) ?? new Float32Array(length);
  buffers.set(length, buffer);
  return buffer;
}
