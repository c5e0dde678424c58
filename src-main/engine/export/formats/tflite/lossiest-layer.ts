/**
 * Which layer's rounding changes an 8-bit file's answers most.
 *
 * Context: LiteRT's WASM shows no values inside a model, and noise by layer misleads: what a loud channel hides from a
 * signal-to-noise ratio may be all that the classes differ by. Choice: in the app's own network, one layer at a time gets the
 * weights, biases and steps that stand in the file, and what that alone does to the logits is measured. Cost: half a forward
 * pass a layer, and what several layers do only together is not seen.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { NodeStatistics } from '../../../features/node-statistics.ts';
import type { Network, Parameter } from '../../../network/network.ts';
import { runNode } from '../../../network/operations.ts';
import { mapParameters, type WeightedNode } from '../../../network/parameters.ts';
import { inferShapes } from '../../../network/shapes.ts';
import { uploadWeights, type WeightLookup } from '../../../network/tfjs.ts';
import { GraphBuilder } from './graph-builder.ts';
import { int8Precision } from './int8-precision.ts';
import { layersOf, writeNetwork, type Layer } from './nodes.ts';
import type { Tensor } from './schema.ts';

/** Pictures that run together: all values of all layers are in memory then. */
const BATCH_SIZE = 4;

interface Given {
  readonly statistics: (node: string) => NodeStatistics;
  /** uint8 [count, S, S, 3] */
  readonly pixels: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs pictures through a classifier's network with one layer rounded at a time, on the tfjs backend that is set.
 *
 * @returns name of the layer's node; null where rounding any single one changes nothing.
 * @throws the signal's reason within one layer of an abort.
 */
export async function lossiestLayer(network: Network, { statistics, pixels, signal }: Given): Promise<string | null> {
  const graph = new GraphBuilder();
  writeNetwork(network, graph, int8Precision(graph, 'float32', statistics));
  const stored = new Map(graph.build(0, 0).tensors.map((tensor) => [tensor.name, tensor]));
  const layers = layersOf(network).slice(0, -1); // softmax: what moves its logits moves it
  const { weights, dispose } = uploadWeights(network);
  const losses = new Map<Layer, number>();
  try {
    for (const input of batches(network, pixels)) {
      const exact = runLayers(layers, { input, weights });
      try {
        for (const layer of layers.slice(1)) {
          signal?.throwIfAborted();
          const loss = lossOf(layer, { layers, exact, stored, input, weights });
          losses.set(layer, (losses.get(layer) ?? 0) + loss);
          await yieldToEventLoop();
        }
      } finally {
        tf.dispose([input, ...exact.values()]);
      }
    }
  } finally {
    dispose();
  }
  const [worst] = [...losses].toSorted(([, a], [, b]) => b - a);
  return worst === undefined || worst[1] === 0 ? null : worst[0].node.name;
}

interface Pass {
  /** Pixels. */
  readonly input: tf.Tensor;
  readonly weights: WeightLookup;
}

interface Comparison extends Pass {
  /** The input first, the one that gives the logits last. */
  readonly layers: readonly Layer[];
  /** What each layer gives without rounding, by the name of its values. */
  readonly exact: Values;
  /** The file's tensors by name. */
  readonly stored: ReadonlyMap<string, Tensor>;
}

type Values = ReadonlyMap<string, tf.Tensor>;

function* batches(network: Network, pixels: Uint8Array): Generator<tf.Tensor> {
  const [shape = []] = inferShapes(network).values();
  const area = shape.reduce((product, size) => product * size, 1);
  for (let start = 0; start < pixels.length; start += area * BATCH_SIZE) {
    const batch = Int32Array.from(pixels.subarray(start, start + area * BATCH_SIZE)); // tfjs has no uint8
    yield tf.tensor(batch, [batch.length / area, ...shape], 'int32');
  }
}

/** Owned by the caller. */
function runLayers(layers: readonly Layer[], pass: Pass): Values {
  const outputs = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    for (const layer of layers) outputs.set(layer.name, tf.keep(runLayer(layer, outputs, pass)));
  });
  return outputs;
}

/** How far a layer that alone is rounded moves logits from each other: squares, summed over pictures and classes. */
function lossOf(rounded: Layer, comparison: Comparison): number {
  const { layers, exact } = comparison;
  const sum = tf.tidy(() => {
    const values = new Map(exact);
    values.set(rounded.name, runRounded(rounded, comparison));
    const changed = new Set([rounded.name]);
    for (const layer of layers.slice(layers.indexOf(rounded) + 1)) {
      if (!layer.node.inputs.some((name) => changed.has(name))) continue;
      values.set(layer.name, runLayer(layer, values, comparison));
      changed.add(layer.name);
    }
    const logits = layers.at(-1)?.name ?? '';
    const change = tf.sub(valueOf(values, logits), valueOf(exact, logits));
    return tf.sum(tf.square(tf.sub(change, tf.mean(change, -1, true))));
  });
  const [loss = 0] = sum.dataSync();
  sum.dispose();
  return loss;
}

/** A layer as the file computes it, on exact values. Pixels come as the file stores them, which the first bias makes up for. */
function runRounded(layer: Layer, { layers, exact, stored, input }: Comparison): tf.Tensor {
  const image = layers[0]?.name ?? '';
  const values = new Map(exact).set(image, storedPixels(input, stepsOf(stored, image)));
  const weights: WeightLookup = (node) =>
    mapParameters(node, (parameter, role) =>
      storedParameter(tensorOf(stored, `${node.name}/${role}`), node, parameter),
    );
  return storedValues(runLayer(layer, values, { input, weights }), stepsOf(stored, layer.name));
}

function runLayer({ node, activation }: Layer, values: Values, { input, weights }: Pass): tf.Tensor {
  const context = { input, weights, fused: null, step: undefined };
  const sums = runNode(node, { ...context, read: (_, index) => valueOf(values, node.inputs[index] ?? '') });
  return activation === null ? sums : runNode(activation, { ...context, read: () => sums });
}

function storedPixels(pixels: tf.Tensor, { scale, zeroPoint }: Steps): tf.Tensor {
  return tf.mul(tf.sub(tf.cast(pixels, 'float32'), zeroPoint + 128), scale);
}

function storedValues(values: tf.Tensor, { scale, zeroPoint }: Steps): tf.Tensor {
  const steps = tf.clipByValue(tf.add(tf.round(tf.div(values, scale)), zeroPoint), -128, 127);
  return tf.mul(tf.sub(steps, zeroPoint), scale);
}

/** A parameter as the file holds it, in the network's own order again. */
function storedParameter(tensor: Tensor, { op }: WeightedNode, { shape }: Parameter): tf.Tensor {
  const values = tf.tensor(dequantised(tensor), [...tensor.shape]);
  if (op === 'conv2d' && shape.length === 4) return tf.transpose(values, [1, 2, 3, 0]);
  if (op === 'dense' && shape.length === 2) return tf.transpose(values);
  return tf.reshape(values, [...shape]);
}

function dequantised({ name, shape, element, data, quantisation }: Tensor): Float32Array {
  if (data === undefined || quantisation === undefined) throw new Error(`Tensor ${name} is no rounded constant`);
  const { scales, zeroPoints, axis = 0 } = quantisation;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Float32Array.from(
    element === 'int32' ? new Int32Array(data.buffer) : new Int8Array(data.buffer),
    (step, at) => {
      const channel = Math.floor(at / inner) % scales.length;
      return (step - (zeroPoints[channel] ?? 0)) * (scales[channel] ?? 1);
    },
  );
}

interface Steps {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** How a node's values are stored. */
function stepsOf(stored: Comparison['stored'], node: string): Steps {
  const { scales, zeroPoints } = tensorOf(stored, `${node}/int8`).quantisation ?? {};
  return { scale: scales?.[0] ?? 1, zeroPoint: zeroPoints?.[0] ?? 0 };
}

function tensorOf(stored: Comparison['stored'], name: string): Tensor {
  const tensor = stored.get(name);
  if (tensor === undefined) throw new Error(`The file has no tensor ${name}`);
  return tensor;
}

function valueOf(values: Values, name: string): tf.Tensor {
  const value = values.get(name);
  if (value === undefined) throw new Error(`${name} was not computed`);
  return value;
}
