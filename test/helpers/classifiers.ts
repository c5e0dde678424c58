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

/** A residual block whose shortcut, a convolution too, stands before its branch. */
export function shortcutFirstNetwork(): Network {
  const random = createRandom(3);
  const convolution = (name: string, input: string): NetworkNode => ({
    op: 'conv2d',
    name,
    inputs: [input],
    stride: 1,
    kernel: randomParameter(random, [1, 1, 3, 3], 1),
    bias: randomParameter(random, [3], 0.3),
  });
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [8, 8, 3], mean: 0, scale: 1 / 255 },
    convolution('shortcut', 'pixels'),
    convolution('branch_1', 'pixels'),
    { op: 'activation', name: 'branch_relu', inputs: ['branch_1'], activation: 'relu' },
    convolution('branch_2', 'branch_relu'),
    { op: 'add', name: 'sum', inputs: ['branch_2', 'shortcut'] },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['sum'] },
  ];
  return withHead({ nodes }, { kernel: randomParameter(random, [3, 3], 1), bias: randomParameter(random, [3], 0.1) });
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

/** Names that break what splits at commas, quotes or lines. */
export const CORNER_LABELS = ['top, "left"', "top\nright's", '아래 오른쪽', 'bottom left 🐝'];

/**
 * Tells in which corner a picture is reddest, from every pixel's place: one convolution as large as the picture, with
 * neighbours weighed unlike. So turning, mirroring, shifting, smoothing or colouring a picture wrongly shows.
 */
export function cornerClassifier(imageSize = 64): Classifier {
  const kernel = new Float32Array(imageSize * imageSize * 3 * 4);
  const half = imageSize / 2;
  for (let y = 0, at = 0; y < imageSize; y++) {
    for (let x = 0; x < imageSize; x++) {
      const corner = y < half ? (x < half ? 0 : 1) : x < half ? 3 : 2;
      const fine = (x + y) % 2 === 0 ? 2.5 : -0.5;
      for (const weight of [1.5, -0.5, -0.5]) {
        kernel[at + corner] = (weight * fine) / (half * half);
        at += 4;
      }
    }
  }
  const identity = Float32Array.from({ length: 16 }, (_, index) => (index % 5 === 0 ? 1 : 0));
  const trunk: Network = {
    nodes: [
      { op: 'input', name: 'pixels', inputs: [], shape: [imageSize, imageSize, 3], mean: 127.5, scale: 1 / 60 },
      {
        op: 'conv2d',
        name: 'corners',
        inputs: ['pixels'],
        stride: imageSize,
        kernel: { shape: [imageSize, imageSize, 3, 4], values: kernel },
        bias: { shape: [4], values: new Float32Array(4) },
      },
      { op: 'globalAveragePool', name: 'embedding', inputs: ['corners'] },
    ],
  };
  const head = { kernel: { shape: [4, 4], values: identity }, bias: { shape: [4], values: new Float32Array(4) } };
  return smallClassifier({ network: withHead(trunk, head), labels: CORNER_LABELS, imageSize, backbone: 'corners' });
}

/** A real backbone with a random head that spreads its answers over the classes. */
export async function backboneClassifier(
  id: string,
  labels: readonly string[],
  headSpread = 0.12,
): Promise<Classifier> {
  const backbone = await loadBackbone(id);
  const random = createRandom(7);
  const head = {
    kernel: randomParameter(random, [backbone.featureCount, labels.length], headSpread),
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
