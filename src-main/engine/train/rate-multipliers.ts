import type * as tf from '@tensorflow/tfjs-core';
import type { TrainableTail } from '../network/tail.ts';

/**
 * Discriminative learning rates: the last node learns at the full rate, each one before it at `layerDecay` of the rate of
 * the one after it. Howard & Ruder 2018 (arXiv:1801.06146, section 3.2) take 1 / 2.6.
 *
 * @param nodeNames  weighted nodes that learn, from the pixels on, the head last.
 * @returns what each node's learning rate is multiplied by.
 */
export function rateMultipliers(nodeNames: readonly string[], layerDecay: number): ReadonlyMap<string, number> {
  return new Map(nodeNames.map((name, index) => [name, layerDecay ** (nodeNames.length - 1 - index)]));
}

/** Discriminative rates: nodes nearer the pixels learn more slowly. */
export function ratesOf({ nodes }: TrainableTail, layerDecay: number): (variable: tf.Variable) => number {
  const byName = rateMultipliers(
    nodes.map(({ name }) => name),
    layerDecay,
  );
  const byVariable = new Map(
    nodes.flatMap(({ name, variables }) => variables.map(([, variable]) => [variable, byName.get(name) ?? 1] as const)),
  );
  return (variable) => byVariable.get(variable) ?? 1;
}
