/** What heads begin with. */
import type { TrainConfig } from '../../contract/training.ts';
import { smallHead } from '../network/head.ts';
import { createRandom } from '../random.ts';
import type { StackShape } from './stack-settings.ts';

/**
 * The kernel that a head begins with, float32 [features, classes]: a pure function of the seed. Biases begin at 0.
 *
 * @param initialScale  what it is multiplied by; 1 gives N(0, 0.01²).
 */
export function initialKernel(
  { featureCount, classCount }: Pick<StackShape, 'featureCount' | 'classCount'>,
  seed: number,
  initialScale = 1,
): Float32Array {
  const { values } = smallHead(featureCount, classCount, createRandom(seed, 1)).kernel;
  return initialScale === 1 ? values : values.map((value) => value * initialScale);
}

/** Depends on each head's seed alone, as if it were trained by itself. */
export function initialWeights(
  shape: StackShape,
  configs: readonly (readonly TrainConfig[])[],
  initialScale: number,
): Float32Array {
  const { headCount, featureCount, classCount } = shape;
  const columns = headCount * classCount;
  const values = new Float32Array(configs.length * (featureCount + 1) * columns);
  configs.forEach((row, seedIndex) => {
    const kernel = initialKernel(shape, row[0]?.seed ?? 0, initialScale);
    for (let f = 0; f < featureCount; f++) {
      const weights = kernel.subarray(f * classCount, (f + 1) * classCount);
      const start = (seedIndex * (featureCount + 1) + f) * columns;
      for (let head = 0; head < headCount; head++) values.set(weights, start + head * classCount);
    }
  });
  return values;
}
