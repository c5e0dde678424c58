import { HEAD_DIALS } from '../../src-main/engine/coach/dials.ts';
import { HEAD_EFFORT } from '../../src-main/engine/coach/effort.ts';
import { createNetworkSubject } from '../../src-main/engine/coach/network-subject.ts';
import type { Subject } from '../../src-main/engine/coach/subject.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import { headNodes } from '../../src-main/engine/network/head.ts';
import type { NetworkNode, Parameter } from '../../src-main/engine/network/network.ts';
import { createRandom, gaussian, shuffle } from '../../src-main/engine/random.ts';
import type { LabelledExamples } from '../../src-main/engine/train/labelled-examples.ts';

interface Embedded extends LabelledExamples {
  /** [rows, features] */
  readonly values: Float32Array;
}

interface CloudOptions {
  readonly seed: number;
  /** Pictures of each class, training and validation together. */
  readonly sizes: readonly number[];
  readonly featureCount: number;
  /** Expected distance of two class centres, in standard deviations of a class: two classes are told apart with Φ(d / 2). */
  readonly distance: number;
  /** Classes that lie where another does, by number. */
  readonly sameAs?: Readonly<Record<number, number>>;
}

/** Pictures also differ along some directions that many features share, as embeddings of a network do. */
const COMMON_COUNT = 8;
const COMMON_STD = 0.35;

/** Embeddings of classes that are long clouds of one shape; every fourth picture of a class validates. */
export function clouds({ seed, sizes, featureCount, distance, sameAs = {} }: CloudOptions): Embedded {
  const random = createRandom(seed, 900);
  const scale = distance / Math.sqrt(2 * featureCount);
  const centres = sizes.map(() => Float32Array.from({ length: featureCount }, () => scale * gaussian(random)));
  const loadings = Float32Array.from({ length: COMMON_COUNT * featureCount }, () => COMMON_STD * gaussian(random));
  const labels = Uint32Array.from(sizes.flatMap((size, label) => new Array<number>(size).fill(label)));
  const values = new Float32Array(labels.length * featureCount);
  labels.forEach((label, row) => {
    const centre = centres[sameAs[label] ?? label]!;
    const common = Float32Array.from({ length: COMMON_COUNT }, () => gaussian(random));
    for (let f = 0; f < featureCount; f++) {
      const shared = common.reduce((sum, value, k) => sum + value * loadings[k * featureCount + f]!, 0);
      values[row * featureCount + f] = centre[f]! + gaussian(random) + shared;
    }
  });
  return embedded(values, labels, sizes.length);
}

/** Two classes in opposite corners each: no straight line parts them. */
export function corners(seed: number, imageCount: number): Embedded {
  const random = createRandom(seed, 901);
  const labels = new Uint32Array(imageCount);
  const values = new Float32Array(imageCount * 2);
  for (let row = 0; row < imageCount; row++) {
    const [x, y] = [random() < 0.5 ? -2 : 2, random() < 0.5 ? -2 : 2];
    labels[row] = x === y ? 1 : 0;
    values.set([x + 0.6 * gaussian(random), y + 0.6 * gaussian(random)], 2 * row);
  }
  return embedded(values, labels, 2);
}

function embedded(values: Float32Array, labels: Uint32Array, classCount: number): Embedded {
  const rows = Uint32Array.from(labels.keys());
  return {
    values,
    source: inMemory(values, [values.length / labels.length]),
    labels,
    classCount,
    trainingRows: rows.filter((row) => row % 4 !== 3),
    validationRows: rows.filter((row) => row % 4 === 3),
  };
}

/** The same pictures under labels that were mixed up among them. */
export function shuffled<T extends LabelledExamples>(data: T, seed: number): T {
  return { ...data, labels: shuffle(Uint32Array.from(data.labels), createRandom(seed, 902)) };
}

interface NetworkOptions {
  /** Units of its hidden layer; absent: those that the settings have. */
  readonly hiddenCount?: number;
  /** `tiny` is He's over 1000. */
  readonly initialisation: 'he' | 'tiny' | 'zero';
}

/** A head of one hidden layer, whose start can be spoilt. */
export function networkSubject(data: Embedded, { hiddenCount, initialisation }: NetworkOptions): Subject {
  const [featureCount = 0] = data.source.shape;
  const scale = { he: 1, tiny: 0.001, zero: 0 }[initialisation];
  const embedding: NetworkNode = { op: 'input', name: 'embedding', inputs: [], shape: [1, 1, 3], mean: 0, scale: 1 };
  return createNetworkSubject({
    ...data,
    isTrained: false,
    dials: HEAD_DIALS,
    effort: HEAD_EFFORT,
    title: null,
    build({ head, seed }) {
      const shape = { embedding: 'embedding', featureCount, classCount: data.classCount };
      const nodes = headNodes(hiddenCount === undefined ? head : { ...head, hidden: [hiddenCount] }, shape, seed).map(
        (node) => (node.op === 'dense' ? { ...node, kernel: scaled(node.kernel, scale) } : node),
      );
      return { network: { nodes: [embedding, ...nodes] }, cut: 'hidden_1', reads: 'activations' };
    },
    remedies: () => ({
      initialisation: [{ label: 'Initialise by He', changes: { seed: 1 } }],
      capacity: [{ label: 'More units', changes: { mode: 'full' } }],
      regularisation: [{ label: 'Vary the pictures', changes: { augmentation: 'cached' } }],
    }),
  });
}

function scaled({ shape, values }: Parameter, factor: number): Parameter {
  return { shape, values: values.map((value) => value * factor) };
}
