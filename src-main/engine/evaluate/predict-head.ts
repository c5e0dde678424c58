import type { LinearHead } from '../network/network.ts';

/**
 * Class probabilities of embeddings: softmax(x·W + b), in float64 so that it does not depend on a backend.
 *
 * @param features  float32 [images, features], row-major.
 * @param rows      row numbers to predict.
 * @returns one array of `classes` probabilities a row; each sums to 1.
 */
export function predictHead(features: Float32Array, rows: Uint32Array, { kernel, bias }: LinearHead): number[][] {
  const [featureCount = 0, classCount = 0] = kernel.shape;
  return Array.from(rows, (row) => {
    const logits = Float64Array.from(bias.values);
    for (let f = 0; f < featureCount; f++) {
      const feature = features[row * featureCount + f] ?? 0;
      for (let c = 0; c < classCount; c++) {
        logits[c] = (logits[c] ?? 0) + feature * (kernel.values[f * classCount + c] ?? 0);
      }
    }
    return softmax(logits);
  });
}

/** Shifted by the largest logit, so that no exponential overflows. */
export function softmax(logits: Float64Array): number[] {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
