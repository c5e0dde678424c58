/** What preprocessing does to embeddings, whatever it is called: an affine map. */
import type { LinearHead, Parameter } from '../../network/network.ts';
import { at } from './moments.ts';

/** `(x − mean) · scale`, feature by feature. */
export interface DiagonalMap {
  /** [features] */
  readonly mean: Float32Array;
  /** [features] */
  readonly scale: Float32Array;
}

/** `(x − mean) · matrix`. */
export interface DenseMap {
  /** [features] */
  readonly mean: Float32Array;
  /** [features, components] */
  readonly matrix: Parameter;
}

export type FeatureMap = DiagonalMap | DenseMap;

export function isDense(map: FeatureMap): map is DenseMap {
  return 'matrix' in map;
}

/** Features of what comes out. */
export function mappedCount(map: FeatureMap): number {
  return isDense(map) ? (map.matrix.shape[1] ?? 0) : map.scale.length;
}

/**
 * Turns values into `(x − mean) · scale`, in place.
 *
 * @param values  float32 [rows, features], row-major.
 */
export function shiftAndScale(values: Float32Array, { mean, scale }: DiagonalMap): void {
  const featureCount = mean.length;
  for (let start = 0; start < values.length; start += featureCount) {
    for (let f = 0; f < featureCount; f++) values[start + f] = (at(values, start + f) - at(mean, f)) * at(scale, f);
  }
}

/**
 * @param values  float32 [rows, features], row-major. Borrowed.
 * @returns       float32 [rows, mapped features].
 */
export function mapRows(values: Float32Array, map: FeatureMap): Float32Array {
  if (!isDense(map)) {
    const mapped = values.slice();
    shiftAndScale(mapped, map);
    return mapped;
  }
  const { mean, matrix } = map;
  const [featureCount = 0, componentCount = 0] = matrix.shape;
  const rowCount = values.length / featureCount;
  const mapped = new Float32Array(rowCount * componentCount);
  const sums = new Float64Array(componentCount);
  for (let row = 0; row < rowCount; row++) {
    sums.fill(0);
    for (let f = 0; f < featureCount; f++) {
      const value = at(values, row * featureCount + f) - at(mean, f);
      for (let k = 0; k < componentCount; k++) {
        sums[k] = at(sums, k) + value * at(matrix.values, f * componentCount + k);
      }
    }
    mapped.set(sums, row * componentCount);
  }
  return mapped;
}

/**
 * The head that answers on raw features as `head` does on mapped ones: `W′ = M · W`, `b′ = b − mean · M · W`. So nothing
 * but the head has to travel in an export.
 */
export function foldPreprocessing(head: LinearHead, map: FeatureMap): LinearHead {
  const [, classCount = 0] = head.kernel.shape;
  const featureCount = map.mean.length;
  const kernel = new Float32Array(featureCount * classCount);
  const bias = Float64Array.from(head.bias.values);
  const weights = new Float64Array(classCount);
  for (let f = 0; f < featureCount; f++) {
    foldedRow(head, map, f, weights);
    for (let c = 0; c < classCount; c++) bias[c] = at(bias, c) - at(map.mean, f) * at(weights, c);
    kernel.set(weights, f * classCount);
  }
  return {
    kernel: { shape: [featureCount, classCount], values: kernel },
    bias: { shape: head.bias.shape, values: Float32Array.from(bias) },
  };
}

/** Row f of `M · W` into `target`, float64 [classes]. */
function foldedRow({ kernel }: LinearHead, map: FeatureMap, f: number, target: Float64Array): void {
  const classCount = target.length;
  if (!isDense(map)) {
    for (let c = 0; c < classCount; c++) target[c] = at(kernel.values, f * classCount + c) * at(map.scale, f);
    return;
  }
  const componentCount = mappedCount(map);
  target.fill(0);
  for (let k = 0; k < componentCount; k++) {
    const factor = at(map.matrix.values, f * componentCount + k);
    for (let c = 0; c < classCount; c++) target[c] = at(target, c) + factor * at(kernel.values, k * classCount + c);
  }
}
