import type { CachePrecision, TrainConfig } from '../../contract/training.ts';
import type { Backbone } from '../backbones/catalogue.ts';
import { cutAt, possibleCuts } from '../network/cut.ts';
import type { Network } from '../network/network.ts';
import { finalShape, type Shape } from '../network/shapes.ts';

/** The part of a backbone that stays as it is in a run. */
export interface Trunk {
  readonly backbone: Backbone;
  /** First node that learns; null where the head alone does, so that the trunk is the whole backbone. */
  readonly cut: string | null;
  /** From the pixels to what is stored. */
  readonly network: Network;
  /** Of what is stored for a picture: [features] or [height, width, channels]. */
  readonly shape: Shape;
  readonly precision: CachePrecision;
}

/**
 * @param cut        first node that learns; null for none.
 * @param precision  of activations; embeddings are float32 whatever it says, since they are small and what the app says of
 *                   a picture is computed from them.
 * @throws EngineError `backbone/no-such-cut`.
 */
export function trunkOf(backbone: Backbone, cut: string | null, precision: CachePrecision): Trunk {
  const network = cut === null ? backbone.network : cutAt(backbone.network, cut).trunk;
  const shape = finalShape(network);
  return { backbone, cut, network, shape, precision: shape.length === 1 ? 'float32' : precision };
}

/** Values that are stored for a picture. */
export function valueCount({ shape }: Trunk): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of what is stored for a picture. */
export function rowBytes(trunk: Trunk): number {
  return valueCount(trunk) * (trunk.precision === 'float32' ? 4 : 2);
}

/** The first node that learns in a run; null where the head alone does. Whether it is a cut, `trunkOf` says. */
export function cutOf({ mode, cut }: Pick<TrainConfig, 'mode' | 'cut'>, backbone: Backbone): string | null {
  if (mode === 'head') return null;
  return learnsFromPixels({ mode }) ? (possibleCuts(backbone.network)[0] ?? backbone.cut) : (cut ?? backbone.cut);
}

/** Whether a run has no frozen part: all of a backbone learns, or a network of its own. */
export function learnsFromPixels({ mode }: Pick<TrainConfig, 'mode'>): boolean {
  return mode === 'full' || mode === 'scratch';
}

/** Whether a head is trained before, on the embeddings of the frozen backbone. */
export function trainsHeadFirst({ mode, headFirst }: Pick<TrainConfig, 'mode' | 'headFirst'>): boolean {
  return mode !== 'scratch' && headFirst;
}
