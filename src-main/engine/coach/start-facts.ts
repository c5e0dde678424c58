import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../train/loss.ts';
import type { LayerFacts, StartFacts } from './subject.ts';

/** A weighted layer as it is before the first step. */
export interface StartLayer {
  readonly name: string;
  /** [inputs, units]; units that start alike are found by it. */
  readonly kernel: tf.Variable;
  readonly bias: tf.Variable;
}

export interface StartModel {
  /** In the order of the forward pass; the last gives the logits. */
  readonly layers: readonly StartLayer[];
  /** @returns what each layer gives, [rows, units], after its activation; the last gives the logits. */
  forward(inputs: tf.Tensor): tf.Tensor[];
}

/**
 * Measures a model before its first step.
 *
 * @param inputs  one batch. Borrowed.
 * @param labels  int32 [rows]. Borrowed.
 */
export async function startFacts(model: StartModel, inputs: tf.Tensor, labels: tf.Tensor1D): Promise<StartFacts> {
  const variables = model.layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  const { value, grads } = tf.variableGrads(
    () => softmaxCrossEntropy(logitsOf(model.forward(inputs)), labels),
    variables,
  );
  const outputs = tf.tidy(() => model.forward(inputs));
  const variance = tf.tidy(() => tf.moments(logitsOf(outputs)).variance);
  try {
    const layers: LayerFacts[] = [];
    for (const [index, { name, kernel }] of model.layers.entries()) {
      const gradient = await (grads[kernel.name] ?? kernel).data<'float32'>();
      const given = outputs[index];
      const isLast = index === model.layers.length - 1;
      layers.push({
        name,
        gradientNorm: Math.sqrt(gradient.reduce((sum, one) => sum + one * one, 0)),
        zeroGradientShare: shareOf(gradient, (one) => one === 0),
        twinUnitShare: isLast ? 0 : twinShare(await kernel.data<'float32'>(), kernel.shape.at(-1) ?? 1),
        deadUnitShare: isLast || given === undefined ? null : await deadShare(given),
      });
    }
    const spread = await variance.data();
    return { loss: (await value.data())[0] ?? NaN, logitStd: Math.sqrt(spread[0] ?? 0), layers };
  } finally {
    tf.dispose([value, variance, grads, outputs]);
  }
}

function logitsOf(outputs: readonly tf.Tensor[]): tf.Tensor2D {
  return outputs.at(-1) as tf.Tensor2D; // as: the last layer's outputs are the logits
}

function shareOf(values: Float32Array, is: (value: number) => boolean): number {
  return values.reduce((count, value) => count + (is(value) ? 1 : 0), 0) / values.length;
}

/** @param kernel  row-major, units last. */
function twinShare(kernel: Float32Array, unitCount: number): number {
  const counts = new Map<string, number>();
  for (let unit = 0; unit < unitCount; unit++) {
    const weights = Array.from(
      { length: kernel.length / unitCount },
      (_, row) => kernel[row * unitCount + unit],
    ).join();
    counts.set(weights, (counts.get(weights) ?? 0) + 1);
  }
  return [...counts.values()].reduce((twins, count) => twins + (count > 1 ? count : 0), 0) / unitCount;
}

async function deadShare(outputs: tf.Tensor): Promise<number> {
  const largest = tf.tidy(() => tf.max(tf.reshape(tf.abs(outputs), [-1, outputs.shape.at(-1) ?? 1]), 0));
  const values = await largest.data<'float32'>();
  largest.dispose();
  return shareOf(values, (value) => value === 0);
}
