import * as tf from '@tensorflow/tfjs-core';
import type { TailSubjectData } from '../../src-main/engine/coach/tail-subject.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import { cutAt } from '../../src-main/engine/network/cut.ts';
import { finalShape } from '../../src-main/engine/network/shapes.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { createRandom, gaussian } from '../../src-main/engine/random.ts';
import { randomNetwork } from './random-network.ts';

const CUT = 'layer_1';

interface TailOptions {
  readonly seed: number;
  readonly sizes: readonly number[];
  /** Size of what the pictures of a class share, in standard deviations of a value within it. */
  readonly strength: number;
}

/** Activations of classes at the cut of a backbone of random weights, with the embeddings that the rest of it makes of them. */
export function tailData({ seed, sizes, strength }: TailOptions): TailSubjectData & {
  readonly embeddings: NonNullable<TailSubjectData['embeddings']>;
} {
  const conv = { kind: 'conv', kernel: [3, 3], activation: 'relu6' } as const;
  const whole = randomNetwork({
    size: [8, 8],
    classes: sizes.length,
    seed: 3,
    layers: [
      { ...conv, stride: 2, channels: 6 },
      { ...conv, stride: 1, channels: 24 },
      { ...conv, stride: 1, channels: 24 },
    ],
  });
  const backbone = { nodes: whole.nodes.slice(0, -2) };
  const { trunk } = cutAt(backbone, CUT);
  const shape = finalShape(trunk);
  const length = shape.reduce((product, size) => product * size, 1);
  const random = createRandom(seed, 903);
  const patterns = sizes.map(() => Float32Array.from({ length }, () => strength * gaussian(random)));
  const labels = Uint32Array.from(sizes.flatMap((size, label) => new Array<number>(size).fill(label)));
  const values = new Float32Array(labels.length * length);
  labels.forEach((label, row) => {
    for (let index = 0; index < length; index++)
      values[row * length + index] = Math.max(0, 1 + patterns[label]![index]! + gaussian(random));
  });
  const after = trunk.nodes.at(-1)!.name;
  const embedded = tf.tidy(() => forward(backbone, tf.tensor(values, [labels.length, ...shape]), { after }).dataSync());
  const rows = Uint32Array.from(labels.keys());
  return {
    backbone,
    cut: CUT,
    activations: inMemory(values, shape),
    embeddings: inMemory(Float32Array.from(embedded), [embedded.length / labels.length]),
    labels,
    classCount: sizes.length,
    trainingRows: rows.filter((row) => row % 4 !== 3),
    validationRows: rows.filter((row) => row % 4 === 3),
  };
}
