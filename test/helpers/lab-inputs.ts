import type { CentredInputs } from '../../src-main/engine/lab/centred-inputs.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import { createRandom, gaussian } from '../../src-main/engine/random.ts';
import type { LabelledExamples } from '../../src-main/engine/train/labelled-examples.ts';

/** Values from N(0, 1): what centred pictures are to a network with random weights. */
export function gaussianInputs(pictureCount: number, featureCount: number, seed = 1): CentredInputs {
  const random = createRandom(seed, 1000);
  const values = Float32Array.from({ length: pictureCount * featureCount }, () => gaussian(random));
  return { values, pictureCount, featureCount };
}

interface Shape {
  readonly pictureCount: number;
  readonly featureCount: number;
  /** The first features, whose mean moves with the class. The others say nothing of it. */
  readonly relevantCount: number;
  readonly seed?: number;
}

/** Two classes that a few of the features tell apart; every third picture validates. */
export function sparseExamples({ pictureCount, featureCount, relevantCount, seed = 1 }: Shape): LabelledExamples {
  const random = createRandom(seed, 1001);
  const labels = Uint32Array.from({ length: pictureCount }, (_, row) => Math.floor(row / 3) % 2);
  const values = Float32Array.from({ length: pictureCount * featureCount }, (_, index) => {
    const [row, feature] = [Math.floor(index / featureCount), index % featureCount];
    const shift = feature < relevantCount ? (labels[row] === 1 ? 1 : -1) : 0;
    return 0.8 * shift + gaussian(random);
  });
  const rows = Uint32Array.from(labels.keys());
  return {
    source: inMemory(values, [featureCount]),
    labels,
    classCount: 2,
    trainingRows: rows.filter((row) => row % 3 !== 0),
    validationRows: rows.filter((row) => row % 3 === 0),
  };
}
