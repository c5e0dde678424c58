/** What comes out of layers over a pass of pictures: sampled values, and of each unit the range over all of them. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerActivation, LayerDiagnosis } from '../../contract/diagnostics.ts';
import { activationSlope, ELU_ALPHA, SELU_ALPHA, SELU_SCALE } from '../network/activations.ts';
import type { LayerOutput } from '../network/layer-output.ts';
import type { ForwardOptions } from '../network/tfjs.ts';
import { distributionOf, download, sampleOf } from './distribution.ts';

export type OutputStatistics = Pick<LayerDiagnosis, 'saturatedShare' | 'deadShare'> & {
  readonly outputs: NonNullable<LayerDiagnosis['outputs']>;
};

export interface OutputWatch {
  /** Of a batch of the pass. */
  readonly see: NonNullable<ForwardOptions['onOutput']>;
  /** By node; null where a value is not a finite number. Waits for the device. */
  take(): Promise<ReadonlyMap<string, OutputStatistics> | null>;
  dispose(): void;
}

/** Values of a layer, at most about so many: the standard error of their mean is a sixty-fourth of their standard deviation. */
const SAMPLE_COUNT = 4096;

/** The slope below which an output is saturated, as a share of the activation's largest. */
const FLAT_SHARE = 0.01;

/** Activations with a slope of 0: the outputs at which they have it, beyond which no output lies. */
const FLAT_ENDS = {
  relu: [0],
  relu6: [0, 6],
  sigmoid: [0, 1],
  tanh: [-1, 1],
  elu: [-ELU_ALPHA],
  selu: [-SELU_SCALE * SELU_ALPHA],
} as const;
type Flattening = keyof typeof FLAT_ENDS;

/** Largest slopes of those that flatten out little by little. */
const LARGEST_SLOPE = { sigmoid: 0.25, tanh: 1, elu: 1, selu: SELU_SCALE * SELU_ALPHA } as const;

/** A sum of outputs that all lie at a flat end is off by less, as a share. */
const ROUNDING = 1e-6;

/** Watches one pass. @param rowCount  pictures of the pass. */
export function createOutputWatch(outputs: readonly LayerOutput[], rowCount: number): OutputWatch {
  const seen = new Map(outputs.map(({ node, activation }) => [node, new Seen(activation)]));
  const dispose = () => seen.forEach((one) => one.dispose());
  return {
    see({ name }, output) {
      seen.get(name)?.add(output, rowCount);
    },
    async take() {
      const tensors = [...seen.values()].map((one) => one.gather());
      const all = await download(tensors);
      tf.dispose(tensors);
      dispose();
      return all && new Map([...seen].map(([node, one], index) => [node, one.read(all[index] as Float32Array)])); // as: one a node
    },
    dispose,
  };
}

/** Of one node, so far. */
class Seen {
  readonly #activation: LayerActivation | null;
  readonly #samples: tf.Tensor1D[] = [];
  /** Of each batch, the sums of each unit, [channels]; none where no unit can die. */
  readonly #sums: tf.Tensor1D[] = [];
  #unitCount = 0;
  /** Outputs of a unit: pictures times places. */
  #placeCount = 0;

  constructor(activation: LayerActivation | null) {
    this.#activation = activation;
  }

  /** @param output  [batch, ..., channels]. Borrowed. */
  add(output: tf.Tensor, rowCount: number): void {
    const [batch = 0] = output.shape;
    this.#samples.push(tf.keep(sampleOf(output, Math.ceil((SAMPLE_COUNT * batch) / rowCount))));
    if (!isFlattening(this.#activation)) return;
    this.#unitCount = output.shape.at(-1) ?? 1;
    this.#placeCount += output.size / this.#unitCount;
    this.#sums.push(tf.keep(tf.tidy(() => tf.sum<tf.Tensor1D>(tf.reshape(output, [-1, this.#unitCount]), 0))));
  }

  /** What `read` reads: the share that is saturated, each unit's sum, sampled values. Owned by the caller. */
  gather(): tf.Tensor1D {
    return tf.tidy(() => {
      const values = tf.concat(this.#samples);
      const sums = this.#sums.length === 0 ? [] : [tf.addN(this.#sums)];
      return tf.concat([saturated(values, this.#activation), ...sums, values]);
    });
  }

  read(gathered: Float32Array): OutputStatistics {
    const [saturatedShare = NOTHING] = gathered;
    return {
      outputs: distributionOf(gathered.subarray(1 + this.#unitCount)),
      saturatedShare: saturatedShare === NOTHING ? null : saturatedShare,
      deadShare: this.#deadShare(gathered.subarray(1, 1 + this.#unitCount)),
    };
  }

  /** Of units whose sum is that of outputs at a flat end: as none lies beyond it, all lie there. */
  #deadShare(sums: Float32Array): number | null {
    if (!isFlattening(this.#activation)) return null;
    const flatSums = FLAT_ENDS[this.#activation].map((end) => end * this.#placeCount);
    const dead = sums.filter((sum) => flatSums.some((flat) => Math.abs(sum - flat) <= ROUNDING * Math.abs(flat)));
    return dead.length / this.#unitCount;
  }

  dispose(): void {
    tf.dispose([...this.#samples, ...this.#sums]);
  }
}

/** Stands for no share. */
const NOTHING = -1;

/** Share of values, [1]; in a tidy. */
function saturated(values: tf.Tensor1D, activation: LayerActivation | null): tf.Tensor1D {
  if (activation === 'relu6') return shareOf(tf.greaterEqual(values, 6));
  if (activation === null || !(activation in LARGEST_SLOPE)) return tf.tensor1d([NOTHING]);
  const gradual = activation as keyof typeof LARGEST_SLOPE; // as: one of its keys, see above
  return shareOf(tf.less(activationSlope(values, gradual), FLAT_SHARE * LARGEST_SLOPE[gradual]));
}

function shareOf(isSo: tf.Tensor): tf.Tensor1D {
  return tf.mean(tf.cast(isSo, 'float32'), 0, true);
}

function isFlattening(activation: LayerActivation | null): activation is Flattening {
  return activation !== null && activation in FLAT_ENDS;
}
