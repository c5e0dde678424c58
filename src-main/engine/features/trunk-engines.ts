import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { askChild } from '../compute/ask-child.ts';
import {
  findOnnxRuntime,
  listCardProviders,
  openOnnx,
  type OnnxElement,
  type OnnxValues,
  type Provider,
} from '../compute/onnx-runtime.ts';
import type { Trial } from '../compute/race.ts';
import { currentTail } from '../compute/tensorflow.ts';
import { timeTrial, tryProvider, type TrialAnswer, type TrialOrder } from '../compute/trial.ts';
import { toFloat16 } from '../network/float16.ts';
import type { Network } from '../network/network.ts';
import { toOnnx } from '../network/onnx.ts';
import { inferShapes, type Shape } from '../network/shapes.ts';
import { forward, uploadWeights } from '../network/tfjs.ts';

/** A network that is ready to run on one engine; `Runner` says what `run` takes and gives. */
export interface OpenTrunk<Element extends OnnxElement> {
  run(pixels: Uint8Array, count: number): Promise<OnnxValues[Element]>;
  dispose(): Promise<void>;
}

/** Something that can run frozen networks. */
export interface TrunkEngine {
  /** For people, with its version: "ONNX Runtime 1.30.0 (CPU)". */
  readonly title: string;
  open<Element extends OnnxElement>(
    network: Network,
    options: { readonly output: Element; readonly competes: boolean },
  ): Promise<OpenTrunk<Element>>;
  /** Times a network, without risk for this process. */
  attempt(network: Network): Promise<Trial>;
}

/** Loading a card's libraries takes seconds, and compiling its shaders some more. */
const TRIAL_LIMIT_MS = 60_000;

/** Built beside whatever the engine is bundled into; `worker/trial.ts`. */
const TRIAL_SCRIPT = join(import.meta.dirname, 'trial.js');

/**
 * The engines that may run frozen networks in this process. The first always can: ONNX Runtime on the processor, or tfjs on
 * the backend that is set where ONNX Runtime has no build for the machine. The others need a card, and are untried.
 */
export async function listTrunkEngines(trialScript = TRIAL_SCRIPT): Promise<[TrunkEngine, ...TrunkEngine[]]> {
  const tail = currentTail();
  const tfjs = tfjsEngine(tail?.title ?? 'TensorFlow.js');
  const processor = await findOnnxRuntime();
  if (processor === null) return [tfjs];
  const cards = await listCardProviders();
  return [
    onnxEngine(processor, 'cpu', tryProvider),
    ...(await Promise.all(
      cards.map(async (provider) => onnxEngine((await findOnnxRuntime(provider)) ?? provider, provider, inChild)),
    )),
    ...(tail?.kind === 'native-gpu' ? [tfjs] : []),
  ];

  async function inChild(order: TrialOrder): Promise<Trial> {
    const answer = await askChild<TrialAnswer>({
      script: trialScript,
      question: order,
      subject: 'its process',
      limitMs: TRIAL_LIMIT_MS,
    });
    if (!answer.ok) throw new Error(answer.reason);
    return answer.trial;
  }
}

function onnxEngine(title: string, provider: Provider, tryOrder: (order: TrialOrder) => Promise<Trial>): TrunkEngine {
  return {
    title,
    async open(network, { output, competes }) {
      const inputShape = inputShapeOf(network);
      const model = toOnnx(network, { pixels: 'uint8-nhwc', output: `${output}-nhwc` });
      const session = await openOnnx(model, { output, competes, provider });
      return {
        run: (pixels, count) => session.run(pixels, [count, ...inputShape]),
        dispose: () => session.dispose(),
      };
    },
    attempt: (network) =>
      tryOrder({
        provider,
        model: toOnnx(network, { pixels: 'uint8-nhwc', output: 'float32-nhwc' }),
        inputShape: inputShapeOf(network),
      }),
  };
}

/** The tfjs backend that is set. That it does not crash, the native probe has shown (`compute/tiers.ts`). */
function tfjsEngine(title: string): TrunkEngine {
  return {
    title,
    open(network, { output }) {
      const { run, dispose } = openTfjs(network);
      const narrow = FROM_FLOAT32[output];
      return Promise.resolve({ run: async (pixels, count) => narrow(await run(pixels, count)), dispose });
    },
    async attempt(network) {
      const { run, dispose } = openTfjs(network);
      try {
        return await timeTrial(inputShapeOf(network), run);
      } finally {
        await dispose();
      }
    },
  };
}

const FROM_FLOAT32: { readonly [Element in OnnxElement]: (values: Float32Array) => OnnxValues[Element] } = {
  float32: (values) => values,
  float16: toFloat16,
};

function openTfjs(network: Network) {
  const inputShape = inputShapeOf(network);
  const { weights, dispose } = uploadWeights(network);
  return {
    async run(pixels: Uint8Array, count: number): Promise<Float32Array> {
      const output = tf.tidy(() => {
        const input = tf.tensor(Int32Array.from(pixels), [count, ...inputShape], 'int32'); // tfjs has no uint8
        return forward(network, input, { weights });
      });
      const values = await output.data<'float32'>();
      output.dispose();
      return values;
    },
    dispose: () => Promise.resolve(dispose()),
  };
}

function inputShapeOf(network: Network): Shape {
  return [...inferShapes(network).values()][0] ?? [];
}
