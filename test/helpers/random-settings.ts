import fc from 'fast-check';
import {
  DROPOUT_KINDS,
  HIDDEN_ACTIVATIONS,
  INITIALISATIONS,
  POOLINGS,
  type HeadSettings,
  type ScratchSettings,
} from '../../src-main/contract/training.ts';
import type { Network, NetworkNode, Parameter } from '../../src-main/engine/network/network.ts';
import { mapParameters, type ParameterRole } from '../../src-main/engine/network/parameters.ts';
import { residualNetwork } from '../../src-main/engine/network/residual.ts';
import { createRandom, gaussian } from '../../src-main/engine/random.ts';
import { pixelNodes } from '../../src-main/engine/train/preprocess/pixel-nodes.ts';

/** What a network from scratch is made of, and how its pixels are prepared. */
export interface RandomSettings {
  readonly scratch: ScratchSettings;
  readonly head: HeadSettings;
  /** Whether a whole mean picture is subtracted, or the mean of each channel. */
  readonly hasMeanImage: boolean;
  readonly seed: number;
}

const layers = {
  activation: fc.constantFrom(...HIDDEN_ACTIVATIONS),
  maxoutBranches: fc.integer({ min: 2, max: 4 }),
  initialisation: fc.constantFrom(...INITIALISATIONS),
};
const share = fc.constantFrom(0, 0.3, 0.8);

/** All settings, with small pictures and few channels. */
export const anySettings: fc.Arbitrary<RandomSettings> = fc.record({
  scratch: fc.record({
    imageSize: fc.integer({ min: 16, max: 19 }),
    width: fc.integer({ min: 2, max: 4 }),
    blocks: fc.integer({ min: 1, max: 2 }),
    ...layers,
    batchNorm: fc.boolean(),
    pooling: fc.constantFrom(...POOLINGS),
    stochasticDepth: share,
  }),
  head: fc.record({
    hidden: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
    ...layers,
    dropout: share,
    dropoutKind: fc.constantFrom(...DROPOUT_KINDS),
    dropConnect: share,
  }),
  hasMeanImage: fc.boolean(),
  seed: fc.nat(1e6),
});

/** The network of these settings for three classes, as if it were trained: see `withRandomWeights`. */
export function networkOf({ scratch: settings, head, hasMeanImage, seed }: RandomSettings): Network {
  const random = createRandom(seed);
  const shape = hasMeanImage ? [settings.imageSize, settings.imageSize, 3] : [3];
  const length = shape.reduce((product, size) => product * size, 1);
  const mean = { shape, values: Float32Array.from({ length }, () => 120 + 30 * gaussian(random)) };
  const values = Float32Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? 0.02 : 0.003 * gaussian(random)));
  const preprocessing = (input: string) => pixelNodes({ mean, matrix: { shape: [3, 3], values } }, input);
  return withRandomWeights(residualNetwork({ settings, head, classCount: 3, seed, preprocessing }), seed);
}

/** Every weight but those of the preprocessing drawn anew, also those that begin alike, and so that signals neither vanish nor explode. */
export function withRandomWeights(network: Network, seed: number): Network {
  const random = createRandom(seed, 1);
  const draw = (role: ParameterRole, fanIn: number): number => {
    switch (role) {
      case 'kernel':
        return Math.sqrt(2 / fanIn) * gaussian(random);
      case 'gamma':
        return 1 + 0.3 * gaussian(random);
      case 'variance':
        return 0.3 + gaussian(random) ** 2;
      case 'slope':
        return 0.25 + 0.3 * gaussian(random);
      case 'bias':
      case 'beta':
      case 'mean':
      case 'offset':
        return 0.3 * gaussian(random);
    }
  };
  const change = ({ shape, values }: Parameter, role: ParameterRole): Parameter => {
    const fanIn = values.length / (shape.at(-1) ?? 1);
    return { shape, values: values.map(() => draw(role, fanIn)) };
  };
  const isKept = ({ name }: NetworkNode) => name === 'preprocess' || name === 'mean_image';
  // as: the node's own roles
  return { nodes: network.nodes.map((node) => (isKept(node) ? node : (mapParameters(node, change) as NetworkNode))) };
}
