/** Classifiers that a format should hold, with pictures for them and with answers that are never sure: there errors show. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  DEFAULT_HEAD_SETTINGS,
  DEFAULT_SCRATCH_SETTINGS,
  HIDDEN_ACTIVATIONS,
  POOLINGS,
} from '../../src-main/contract/training.ts';
import { decodeImage } from '../../src-main/engine/images/decode.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';
import type { Network, NetworkNode } from '../../src-main/engine/network/network.ts';
import { mapParameters } from '../../src-main/engine/network/parameters.ts';
import { settle } from '../../src-main/engine/network/settle.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { backboneClassifier, CORNER_LABELS, smallClassifier } from './classifiers.ts';
import { installedBackbones } from './cli.ts';
import { randomNetwork, randomPixels } from './random-network.ts';
import { anySettings, networkOf, type RandomSettings } from './random-settings.ts';
import { shared } from './shared.ts';

const backbones = await installedBackbones();
const photographs = shared('data/hymenoptera/val/ants');

export const PICTURE_COUNT = 3;

export interface Case {
  readonly name: string;
  readonly classifier: Classifier;
  /** [PICTURE_COUNT, size, size, 3] */
  readonly pixels: Uint8Array;
}

function noise(name: string, classifier: Classifier): Case {
  const size = classifier.imageSize;
  return unsaturated({ name, classifier, pixels: randomPixels(size, PICTURE_COUNT * size * size * 3) });
}

/** With logits of at most 2: where one class has all, no error shows. */
function unsaturated({ name, classifier, pixels }: Case): Case {
  const { network, imageSize: size } = classifier;
  const last = network.nodes.at(-2)!;
  const logits = tf.tidy(() =>
    forward(network, tf.tensor4d(pixels, [PICTURE_COUNT, size, size, 3], 'int32'), { until: last.name }).dataSync(),
  );
  const scale = 2 / Math.max(...logits.map(Math.abs));
  const scaled = changeParameters(last, (values) => values.map((value) => value * scale));
  const nodes = network.nodes.map((node) => (node === last ? scaled : node));
  return { name, classifier: { ...classifier, network: { nodes } }, pixels };
}

export function changeParameters(node: NetworkNode, change: (values: Float32Array) => Float32Array): NetworkNode {
  return mapParameters(node, ({ shape, values }) => ({ shape, values: change(values) })) as NetworkNode; // as: its own roles
}

function scratch(name: string, settings: RandomSettings): Case {
  const network = settle(networkOf(settings));
  return noise(name, smallClassifier({ network, imageSize: settings.scratch.imageSize }));
}

/** Strides and taps that leave a rest of every kind, so that zeros lie unevenly around rows and columns. */
function unevenNetwork(size: number): Network {
  return randomNetwork({
    size: [size, size],
    layers: [
      { kind: 'conv', kernel: [3, 4], stride: 2, channels: 6, activation: 'relu6' },
      { kind: 'depthwise', kernel: [2, 5], stride: 3, channels: 6, activation: 'relu' },
      { kind: 'residual', kernel: [3, 2], stride: 1, channels: 6, activation: 'relu6' },
      { kind: 'conv', kernel: [1, 1], stride: 2, channels: 8, activation: null },
    ],
    classes: 3,
    seed: size,
  });
}

/** Nodes whose names Core ML does not take, or takes for something else. */
function oddlyNamed({ nodes }: Network): Network {
  const odd = ['image', 'classLabel', 'list', '층', '층 ', 'n2_', '3', 'classLabel_probs'];
  const names = new Map(nodes.map(({ name }, index) => [name, odd[index] ?? name]));
  const rename = (name: string) => names.get(name) ?? name;
  return { nodes: nodes.map((node) => ({ ...node, name: rename(node.name), inputs: node.inputs.map(rename) })) };
}

/** The middles of real pictures, or noise where there are none. */
async function backboneCase(name: string): Promise<Case> {
  const classifier = await backboneClassifier(name, ['ant', 'bee', 'wasp'], 0.03);
  const { imageSize: size } = classifier;
  if (photographs === null) return noise(name, classifier);
  const pixels = new Uint8Array(PICTURE_COUNT * size * size * 3);
  const files = (await readdir(photographs)).slice(0, PICTURE_COUNT);
  for (const [index, file] of files.entries()) {
    const decoded = await decodeImage(join(photographs, file), size);
    if (decoded.ok) pixels.set(decoded.pixels, index * size * size * 3);
  }
  return unsaturated({ name, classifier, pixels });
}

/** Every node and activation, odd names and labels, sizes even and odd, and the backbones that are here. The tfjs backend must be set. */
export async function makeCases(): Promise<Case[]> {
  const each = HIDDEN_ACTIVATIONS.map((activation, index) =>
    scratch(activation, {
      scratch: { ...DEFAULT_SCRATCH_SETTINGS, imageSize: 17, width: 3, activation, pooling: POOLINGS[index % 3]! },
      head: { ...DEFAULT_HEAD_SETTINGS, hidden: [5], activation, dropout: 0.5, dropoutKind: 'plain' },
      hasMeanImage: index % 2 === 0,
      seed: 2,
    }),
  );
  const any = fc.sample(anySettings, { numRuns: 20, seed: 6 });
  const many = Array.from({ length: 1000 }, (_, index) => `${CORNER_LABELS[index % 4]!} ${index}`);
  const small = smallClassifier();
  return [
    ...[33, 34, 35, 36, 37, 38].map((size) =>
      noise(`uneven, ${size}`, smallClassifier({ network: unevenNetwork(size), imageSize: size })),
    ),
    noise('every node', small),
    noise('odd names', { ...small, network: oddlyNamed(small.network) }),
    noise('two classes', smallClassifier({ labels: CORNER_LABELS.slice(0, 2), imageSize: 34 })),
    noise('a thousand classes', smallClassifier({ labels: many })),
    ...each,
    ...any.map((settings, index) => scratch(`any settings ${index}`, settings)),
    ...(await Promise.all(backbones.map(backboneCase))),
  ];
}
