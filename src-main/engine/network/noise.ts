/**
 * What training draws at random inside a network, a pure function of (seed, step, node): tfjs' own seeded dropout gives the
 * same mask in every step, and its other randomness has no seed.
 */
import * as tf from '@tensorflow/tfjs-core';
import { createRandom, type Random } from '../random.ts';

export interface Noise {
  /**
   * Ones and zeros.
   *
   * @param rate  share of zeros.
   * @returns     float32, of the shape. Owned by the caller.
   */
  mask(node: string, shape: readonly number[], rate: number): tf.Tensor;
  /** One draw in [0, 1) for a node. */
  draw(node: string): number;
}

/** Keeps these draws apart from those that split, order, vary and initialise with the same seed. */
const STREAM = 9;

/** @param step  of the optimiser, from the start of training. */
export function createNoise(seed: number, step: number): Noise {
  const randomOf = (node: string): Random => createRandom(seed, STREAM, step, hashOf(node));
  return {
    mask(node, shape, rate) {
      const random = randomOf(node);
      const length = shape.reduce((product, size) => product * size, 1);
      return tf.tensor(
        Float32Array.from({ length }, () => (random() < rate ? 0 : 1)),
        [...shape],
      );
    },
    draw: (node) => randomOf(node)(),
  };
}

/** FNV-1a: nodes keep their draws when others are added. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
