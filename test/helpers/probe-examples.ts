import { inMemory } from '../../src-main/engine/features/example-source.ts';
import type { ProbeExamples } from '../../src-main/engine/choose/cross-validate.ts';
import { createRandom, gaussian } from '../../src-main/engine/random.ts';

export interface ProbePlan {
  readonly imageCount: number;
  readonly classCount: number;
  readonly featureCount: number;
  /** Distance of the class centres from 0 in standard deviations of the noise, by feature. */
  readonly separation: number;
  /** Of the centres. */
  readonly taskSeed: number;
  /** Of the noise: two backbones of the same worth differ in it alone. */
  readonly noiseSeed: number;
}

/** Embeddings of classes in turn: a centre for each class, and noise around it. Streams of their own: nothing else draws them. */
export function probeExamples(plan: ProbePlan): ProbeExamples {
  const { imageCount, classCount, featureCount, separation, taskSeed, noiseSeed } = plan;
  const labels = Uint32Array.from({ length: imageCount }, (_, row) => row % classCount);
  const [task, noise] = [createRandom(taskSeed, 1001), createRandom(taskSeed, 1002, noiseSeed)];
  const centres = Array.from({ length: classCount * featureCount }, () => separation * gaussian(task));
  const values = Float32Array.from({ length: imageCount * featureCount }, (_, index) => {
    const [row, feature] = [Math.floor(index / featureCount), index % featureCount];
    return (centres[(labels[row] ?? 0) * featureCount + feature] ?? 0) + gaussian(noise);
  });
  const pictures = Array.from(labels, (_, row) => `picture ${row}`);
  return { source: inMemory(values, [featureCount]), labels, classCount, pictures };
}
