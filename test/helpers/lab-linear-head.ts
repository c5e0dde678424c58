import { inMemory } from '../../src-main/engine/features/example-source.ts';
import type { DroppedHead } from '../../src-main/engine/lab/train-dropped.ts';

/** A linear head whose embedding is dropped by half, with given weights [feature][class] and embeddings [row][feature]. */
export function linearHead(
  weights: readonly (readonly number[])[],
  values: readonly (readonly number[])[],
  bias: readonly number[] = weights[0]?.map(() => 0) ?? [],
): DroppedHead {
  const kernel = { shape: [weights.length, bias.length], values: Float32Array.from(weights.flat()) };
  return {
    network: {
      nodes: [
        { op: 'input', name: 'embedding', inputs: [], shape: [1, 1, weights.length], mean: 0, scale: 1 },
        { op: 'dropout', name: 'dropped', inputs: ['embedding'], rate: 0.5, isInverted: true },
        {
          op: 'dense',
          name: 'logits',
          inputs: ['dropped'],
          kernel,
          bias: { shape: [bias.length], values: Float32Array.from(bias) },
        },
        { op: 'softmax', name: 'probabilities', inputs: ['logits'] },
      ],
    },
    cut: 'dropped',
    source: inMemory(Float32Array.from(values.flat()), [weights.length]),
    ranEpochs: 0,
  };
}
