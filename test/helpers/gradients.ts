import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackbone, type Backbone } from '../../src-main/engine/backbones/catalogue.ts';
import { cutAt, possibleCuts } from '../../src-main/engine/network/cut.ts';
import { withHead } from '../../src-main/engine/network/head.ts';
import type { LinearHead } from '../../src-main/engine/network/network.ts';
import { createTail, type TrainableTail } from '../../src-main/engine/network/tail.ts';
import { forward } from '../../src-main/engine/network/tfjs.ts';
import { softmaxCrossEntropy } from '../../src-main/engine/train/loss.ts';
import { createOptimizer } from '../../src-main/engine/train/optimizers.ts';
import { errorOf, sequence, type Summary } from './formula.ts';
import { repositoryRoot } from './shared.ts';

interface Pictures {
  /** Side, pixels, and which formula drew them. */
  readonly size: number;
  readonly formula: number;
}
interface Nodes {
  readonly nodes: readonly { readonly name: string; readonly kernel: Summary; readonly bias: Summary }[];
}
interface Reference {
  readonly all: Pictures & Nodes & { readonly loss: number };
  readonly fromCut: Pictures & Nodes & { readonly loss: number };
  readonly descent: Pictures &
    Nodes & { readonly learningRate: number; readonly weightDecay: number; readonly losses: readonly number[] };
}

/** Backbones that fixtures/gradients has references for. */
export const REFERENCE_BACKBONES = ['mobilenet_v1_0.75_224', 'efficientnet_lite0'] as const;

const CLASS_COUNT = 3;
const LABELS = [0, 2];

/** A backbone, or null, with the reason printed, where it is not installed. */
export async function installedBackbone(id: string): Promise<Backbone | null> {
  return loadBackbone(id).catch((error: Error) => {
    process.stderr.write(`Skipping the gradients of ${id}: ${error.message}\n`);
    return null;
  });
}

/**
 * Compares loss and gradients, on the backend that is set, with PyTorch's: of all nodes, where the tail reads pixels, or of
 * those from the default cut on.
 *
 * @returns  how far each is off, in the order of the network. See `errorOf`.
 */
export function compareGradients(backbone: Backbone, which: 'all' | 'fromCut') {
  const reference = referenceOf(backbone)[which];
  const { tail, input } = tailOf(backbone, which === 'all' ? null : backbone.cut, reference);
  const errors = tf.tidy(() => {
    const { value, grads } = lossAndGradients(tail, input);
    const loss = Math.abs((value.dataSync()[0] ?? NaN) - reference.loss);
    return { loss, nodes: compareNodes(tail, reference, ({ name }) => grads[name]) };
  });
  tf.dispose(input);
  tail.dispose();
  return errors;
}

/** Compares the losses of 20 steps of AdamW from the default cut on, and the weights after them, with PyTorch's. */
export function compareDescent(backbone: Backbone) {
  const reference = referenceOf(backbone).descent;
  const { tail, input } = tailOf(backbone, backbone.cut, reference);
  const { step, dispose } = stepper(tail, input, reference);
  const losses = reference.losses.map((expected) => Math.abs(step() - expected));
  const nodes = tf.tidy(() => compareNodes(tail, reference, (variable) => variable));
  dispose();
  return { losses, nodes };
}

/** Takes steps from the default cut on; says what the backend holds after the first and after all of them. */
export function measureGrowth(backbone: Backbone, stepCount: number) {
  const { tail, input } = tailOf(backbone, backbone.cut, referenceOf(backbone).descent);
  const { step, dispose } = stepper(tail, input, { learningRate: 1e-4, weightDecay: 0.01 });
  const held = () => ({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes, heap: wasmHeapBytes() });
  step();
  const before = held();
  for (let count = 1; count < stepCount; count++) step();
  const after = held();
  dispose();
  return { before, after };
}

function wasmHeapBytes(): number {
  const backend = tf.backend() as unknown as { wasm?: { HEAPU8: Uint8Array } }; // as: not exported
  return backend.wasm?.HEAPU8.length ?? 0;
}

/** @param cut  null: everything learns, and `input` are pixels. `tail` and `input` are the caller's. */
function tailOf({ network, featureCount }: Backbone, cut: string | null, pictures: Pictures) {
  const tail = createTail(withHead(network, formulaHead(featureCount)), cut ?? possibleCuts(network)[0] ?? '');
  const input = tf.tidy(() => {
    const pixels = formulaPixels(pictures);
    return cut === null ? pixels : forward(cutAt(network, cut).trunk, pixels);
  });
  return { tail, input };
}

function lossAndGradients(tail: TrainableTail, input: tf.Tensor) {
  const labels = tf.tensor1d(LABELS, 'int32');
  return tf.variableGrads(() => softmaxCrossEntropy(tail.logits(input), labels), [...tail.variables]);
}

function stepper(tail: TrainableTail, input: tf.Tensor, rates: { learningRate: number; weightDecay: number }) {
  const { learningRate, weightDecay } = rates;
  const optimizer = createOptimizer(tail.variables, { optimizer: 'adamw', weightDecay });
  return {
    /** Takes one step and gives the loss before it. */
    step: (): number =>
      tf.tidy(() => {
        const { value, grads } = lossAndGradients(tail, input);
        optimizer.apply(grads, learningRate);
        return value.dataSync()[0] ?? NaN;
      }),
    dispose() {
      optimizer.dispose();
      tail.dispose();
      tf.dispose(input);
    },
  };
}

/** PyTorch's answers at double precision; see make_gradients.py beside the file. */
function referenceOf({ id }: Backbone): Reference {
  const file = join(repositoryRoot, 'test', 'fixtures', 'gradients', `${id}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Reference;
}

/** Two nodes of one name and place are compared; where the names part, the error is NaN. */
function compareNodes(
  tail: TrainableTail,
  reference: Nodes,
  valuesOf: (variable: tf.Variable) => tf.Tensor | undefined,
) {
  const length = Math.max(tail.nodes.length, reference.nodes.length);
  return Array.from({ length }, (_, index) => {
    const [node, expected] = [tail.nodes[index], reference.nodes[index]];
    const name = `${node?.name}`;
    if (node === undefined || node.name !== expected?.name) return { name, kernel: NaN, bias: NaN };
    const variables = new Map(node.variables);
    const error = (role: 'kernel' | 'bias') => {
      const variable = variables.get(role);
      return errorOf((variable && valuesOf(variable)?.dataSync()) ?? [], expected[role]);
    };
    return { name, kernel: error('kernel'), bias: error('bias') };
  });
}

/** The two pictures of make_gradients.py, 0–255. */
function formulaPixels({ size, formula }: Pictures): tf.Tensor4D {
  const values = Int32Array.from({ length: LABELS.length * size * size * 3 }, (_, at) => {
    const [channel, x, y] = [at % 3, Math.floor(at / 3) % size, Math.floor(at / 3 / size) % size];
    const picture = Math.floor(at / 3 / size / size);
    return (x * (channel + 1 + picture) + y * (2 + formula) + ((x * y) >> 4) * 5 + channel * 80) % 256;
  });
  return tf.tensor4d(values, [LABELS.length, size, size, 3], 'int32');
}

/** The head of make_gradients.py. */
function formulaHead(featureCount: number): LinearHead {
  return {
    kernel: { shape: [featureCount, CLASS_COUNT], values: sequence(1, featureCount * CLASS_COUNT, 0.1) },
    bias: { shape: [CLASS_COUNT], values: sequence(2, CLASS_COUNT, 0.1) },
  };
}
