import { loadBackbone } from '../../src-main/engine/backbones/catalogue.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';
import { withHead } from '../../src-main/engine/network/head.ts';
import type { Network, NetworkNode, Parameter } from '../../src-main/engine/network/network.ts';
import { createRandom, gaussian, type Random } from '../../src-main/engine/random.ts';

/** Values from N(0, spread²). */
export function randomParameter(random: Random, shape: readonly number[], spread: number): Parameter {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, values: Float32Array.from({ length: count }, () => gaussian(random) * spread) };
}

/**
 * A network of every kind of node: strides that leave an odd rest, both activations, a residual sum, one convolution
 * read twice, and a name that TF.js does not accept.
 */
export function everyNodeNetwork({ size = 17, classCount = 3, seed = 1 } = {}): Network {
  const random = createRandom(seed);
  const weights = (shape: readonly number[], outCount: number) => {
    const fanIn = shape.reduce((product, length) => product * length, 1) / outCount;
    return {
      kernel: randomParameter(random, shape, Math.sqrt(2 / fanIn)),
      bias: randomParameter(random, [outCount], 0.3),
    };
  };
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [size, size, 3], mean: 127, scale: 1 / 60 },
    { op: 'conv2d', name: 'stem', inputs: ['pixels'], stride: 2, ...weights([3, 3, 3, 8], 8) },
    { op: 'activation', name: 'stem_relu6', inputs: ['stem'], activation: 'relu6' },
    { op: 'depthwiseConv2d', name: 'wide', inputs: ['stem_relu6'], stride: 2, ...weights([5, 5, 8, 1], 8) },
    { op: 'activation', name: 'blocks/0 relu', inputs: ['wide'], activation: 'relu' },
    { op: 'conv2d', name: 'mix', inputs: ['blocks/0 relu'], stride: 1, ...weights([1, 1, 8, 8], 8) },
    { op: 'add', name: 'sum', inputs: ['mix', 'wide'] },
    { op: 'depthwiseConv2d', name: 'even', inputs: ['sum'], stride: 2, ...weights([2, 2, 8, 1], 8) },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['even'] },
  ];
  return withHead({ nodes }, weights([8, classCount], classCount));
}

/** A small classifier that is no good at anything, but whole. */
export function smallClassifier(overrides: Partial<Classifier> = {}): Classifier {
  const labels = overrides.labels ?? ['ant', 'bee', 'wasp'];
  const imageSize = overrides.imageSize ?? 33;
  return {
    network: everyNodeNetwork({ size: imageSize, classCount: labels.length }),
    labels,
    backbone: 'every_node',
    imageSize,
    licence: 'Apache-2.0',
    provenance: {},
    ...overrides,
  };
}

/** A real backbone with a random head that spreads its answers over the classes. */
export async function backboneClassifier(id: string, labels: readonly string[]): Promise<Classifier> {
  const backbone = await loadBackbone(id);
  const random = createRandom(7);
  const head = {
    kernel: randomParameter(random, [backbone.featureCount, labels.length], 0.12),
    bias: randomParameter(random, [labels.length], 0.1),
  };
  return {
    network: withHead(backbone.network, head),
    labels,
    backbone: id,
    imageSize: backbone.imageSize,
    licence: backbone.licence,
    provenance: {},
  };
}
