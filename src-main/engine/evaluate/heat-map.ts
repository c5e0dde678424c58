/**
 * Where in a picture a classifier sees a class.
 *
 * Every classifier here ends alike: a feature map [height, width, channels], the mean of each channel over all positions,
 * and a head on those means.
 *
 * - Is the head linear, the class's logit is itself a mean over positions: of `Σ_k w_k · f_k(x, y)`, the class activation
 *   map (Zhou et al. 2016, arXiv:1512.04150, eq. 2). So the mean of the map plus the head's bias is the logit, exactly. The head of a
 *   saved classifier reads raw features: what preprocessing was in front of it is folded into its weights (`foldPreprocessing`).
 *   As a 1 × 1 convolution in place of pooling and head, one pass gives the maps of all classes, and with them the answer.
 * - Otherwise Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391, eq. 1 and 2): `ReLU(Σ_k α_k · f_k(x, y))`, where α_k is the mean
 *   over positions of the gradient of the class's logit by f_k. Behind a mean over Z positions that gradient is the same at each:
 *   1/Z of the gradient by the mean. So the trunk runs once, without gradients, and only the head is differentiated.
 *
 * It always runs on the processor: a picture takes about 10 ms there, and a card may be full of a training.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HeatMapMethod } from '../../contract/predictions.ts';
import { openRunner, type Runner } from '../features/runner.ts';
import { listTrunkEngines } from '../features/trunk-engines.ts';
import type { DenseNode, Network, NetworkNode } from '../network/network.ts';
import { InvalidNetworkError, inferShapes } from '../network/shapes.ts';
import { forward, uploadWeights } from '../network/tfjs.ts';
import { softmax } from './predict-head.ts';

/** One class of one picture, at the feature map's own resolution. */
export interface HeatMap {
  readonly method: HeatMapMethod;
  readonly height: number;
  readonly width: number;
  /**
   * [height, width], row-major. By `cam` in units of the logit, of either sign: its mean plus the bias is the logit. By `grad-cam`
   * from 0 on.
   */
  readonly values: Float32Array;
}

/** What a classifier says of a picture, and why. */
export interface ExplainedPicture {
  /** In the order of the classifier's labels. */
  readonly probabilities: readonly number[];
  /** @throws RangeError if there is no such class. */
  mapOf(classNumber: number): HeatMap;
}

/** A classifier that is ready to explain itself. */
export interface Explainer {
  readonly method: HeatMapMethod;
  /**
   * One pass of each picture through the network, whatever classes are asked for afterwards. Holds the thread meanwhile.
   *
   * @param pixels  uint8 [count, size, size, 3], RGB. Borrowed until the promise settles.
   * @returns       one a picture, in their order.
   */
  explain(pixels: Uint8Array, count: number): Promise<ExplainedPicture[]>;
  dispose(): Promise<void>;
}

/** How a classifier's pictures are explained. Grad-CAM needs a tfjs backend for the head, any; a CAM needs none. */
export function heatMapMethod(network: Network): HeatMapMethod {
  return linearHeadOf(splitAtPooling(network)) === null ? 'grad-cam' : 'cam';
}

/**
 * Opens a classifier's network to explain pictures.
 *
 * @param network  from pixels to probabilities, settled.
 * @throws InvalidNetworkError if it does not end in global average pooling and a head with a softmax.
 */
export async function openExplainer(network: Network): Promise<Explainer> {
  const parts = splitAtPooling(network);
  const linear = linearHeadOf(parts);
  return linear === null ? openGradCam(network, parts) : openCam(parts, linear);
}

interface Parts {
  /** From the pixels to the feature map. */
  readonly trunk: Network;
  /** Name of the node that takes the mean of each channel. */
  readonly pooling: string;
  /** Nodes behind it; the last is a softmax. */
  readonly head: readonly NetworkNode[];
}

function splitAtPooling({ nodes }: Network): Parts {
  const at = nodes.findLastIndex(({ op }) => op === 'globalAveragePool');
  const pooling = nodes[at];
  if (pooling === undefined || nodes.at(-1)?.op !== 'softmax')
    throw new InvalidNetworkError(
      'A heat map needs a network of global average pooling and a head that ends in a softmax',
    );
  const last = nodes.findIndex(({ name }) => name === pooling.inputs[0]);
  return { trunk: { nodes: nodes.slice(0, last + 1) }, pooling: pooling.name, head: nodes.slice(at + 1) };
}

function linearHeadOf({ head: [dense, softmaxNode, ...others] }: Parts): DenseNode | null {
  return dense?.op === 'dense' && softmaxNode?.op === 'softmax' && others.length === 0 ? dense : null;
}

async function openOnProcessor(network: Network): Promise<Runner> {
  const [processor] = await listTrunkEngines();
  return openRunner(network, { engines: [processor] });
}

async function openCam({ trunk }: Parts, { kernel, bias }: DenseNode): Promise<Explainer> {
  const classCount = bias.values.length;
  const scores: NetworkNode = {
    op: 'conv2d',
    name: 'class_scores',
    inputs: [trunk.nodes.at(-1)?.name ?? ''],
    stride: 1,
    kernel: { shape: [1, 1, ...kernel.shape], values: kernel.values },
    bias: { shape: [classCount], values: new Float32Array(classCount) }, // the logit's, not the map's
  };
  const runner = await openOnProcessor({ nodes: [...trunk.nodes, scores] });
  const [height = 0, width = 0] = runner.outputShape;
  return {
    method: 'cam',
    dispose: () => runner.dispose(),
    async explain(pixels, count) {
      const outputs = await runner.run(pixels, count);
      return rowsOf(outputs, count).map((all) => ({
        probabilities: softmax(meansOf(all, classCount).map((mean, index) => mean + (bias.values[index] ?? 0))),
        mapOf(classNumber) {
          requireClass(classNumber, classCount);
          const values = Float32Array.from(
            { length: height * width },
            (_, at) => all[at * classCount + classNumber] ?? 0,
          );
          return { method: 'cam', height, width, values };
        },
      }));
    },
  };
}

async function openGradCam(network: Network, { trunk, pooling, head }: Parts): Promise<Explainer> {
  const runner = await openOnProcessor(trunk);
  const [height = 0, width = 0, channels = 0] = runner.outputShape;
  const classCount = inferShapes(network).get(head.at(-1)?.name ?? '')?.[0] ?? 0;
  const logits = head.at(-2)?.name ?? '';
  const { weights, dispose } = uploadWeights({ nodes: head });

  /** Gradient of a class's logit by the means of the channels, [channels]. */
  function gradientOf(means: Float64Array, classNumber: number): Float32Array {
    return tf.tidy(() => {
      const chosen = tf.oneHot(tf.tensor1d([classNumber], 'int32'), classCount);
      const logit = (x: tf.Tensor) =>
        tf.sum(tf.mul(forward(network, x, { after: pooling, until: logits, weights }), chosen));
      return tf
        .grad(logit)(tf.tensor2d(Float32Array.from(means), [1, channels]))
        .dataSync<'float32'>();
    });
  }

  function probabilitiesOf(means: Float64Array): number[] {
    return tf.tidy(() => [
      ...forward(network, tf.tensor2d(Float32Array.from(means), [1, channels]), { after: pooling, weights }).dataSync(),
    ]);
  }

  return {
    method: 'grad-cam',
    async dispose() {
      dispose();
      await runner.dispose();
    },
    async explain(pixels, count) {
      const outputs = await runner.run(pixels, count);
      return rowsOf(outputs, count).map((features) => {
        const means = meansOf(features, channels);
        return {
          probabilities: probabilitiesOf(means),
          mapOf(classNumber) {
            requireClass(classNumber, classCount);
            const positions = height * width;
            const alphas = gradientOf(means, classNumber).map((gradient) => gradient / positions);
            const values = Float32Array.from({ length: positions }, (_, at) => {
              let sum = 0;
              for (let k = 0; k < channels; k++) sum += (alphas[k] ?? 0) * (features[at * channels + k] ?? 0);
              return Math.max(0, sum);
            });
            return { method: 'grad-cam', height, width, values };
          },
        };
      });
    },
  };
}

/**
 * A map as it is shown: what speaks against the class is 0, the strongest place is 1. Each picture has its own scale, so that
 * strengths of two pictures do not compare; a map without anything that speaks for the class stays 0.
 *
 * @returns [height, width], 0–1. The caller's.
 */
export function strengthsOf({ values }: HeatMap): Float32Array {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return values.map((value) => (largest === 0 ? 0 : Math.max(0, value) / largest));
}

/** Equal parts, one a picture; views. */
function rowsOf(values: Float32Array, count: number): Float32Array[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, row) => values.subarray(row * length, (row + 1) * length));
}

/** @param values  [positions, channels] */
function meansOf(values: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let at = 0; at < values.length; at++) sums[at % channels] = (sums[at % channels] ?? 0) + (values[at] ?? 0);
  return sums.map((sum) => sum / (values.length / channels));
}

function requireClass(classNumber: number, classCount: number): void {
  if (Number.isInteger(classNumber) && classNumber >= 0 && classNumber < classCount) return;
  throw new RangeError(`There is no class ${classNumber}: the classifier has ${classCount}`);
}
