import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import { startFacts, type StartModel } from '../../src-main/engine/coach/start-facts.ts';
import type { Subject, TrainOptions } from '../../src-main/engine/coach/subject.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import { createRandom, gaussian, shuffle } from '../../src-main/engine/random.ts';
import { epochOrder } from '../../src-main/engine/train/balance.ts';
import type { EpochReport } from '../../src-main/engine/train/epoch-report.ts';
import { softmaxCrossEntropy } from '../../src-main/engine/train/loss.ts';
import { createOptimizer } from '../../src-main/engine/train/optimizers.ts';
import type { LabelledExamples } from '../../src-main/engine/train/train-heads.ts';

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
  readonly hiddenCount: number;
  /** `tiny` is He's over 1000. */
  readonly initialisation: 'he' | 'tiny' | 'zero';
}

/**
 * A network of one hidden layer (ReLU) that learns from its start: one training a setting, as a tail or a scratch network. Not
 * stacked, and without a second opinion.
 */
export function networkSubject(data: Embedded, { hiddenCount, initialisation }: NetworkOptions): Subject {
  const { values, labels, classCount, trainingRows, validationRows } = data;
  const featureCount = values.length / labels.length;

  function createModel(seed: number): StartModel & { readonly variables: readonly tf.Variable[] } {
    const random = createRandom(seed, 903);
    const draw = (inputs: number, units: number, std: number) => {
      const scale = std * { he: 1, tiny: 0.001, zero: 0 }[initialisation];
      const weights = Float32Array.from({ length: inputs * units }, () => scale * gaussian(random));
      return {
        kernel: tf.tidy(() => tf.variable(tf.tensor2d(weights, [inputs, units]))),
        bias: tf.tidy(() => tf.variable(tf.zeros([units]))),
      };
    };
    const hidden = { name: 'hidden', ...draw(featureCount, hiddenCount, Math.sqrt(2 / featureCount)) };
    const logits = { name: 'logits', ...draw(hiddenCount, classCount, 0.3 / Math.sqrt(hiddenCount)) };
    return {
      layers: [hidden, logits],
      variables: [hidden.kernel, hidden.bias, logits.kernel, logits.bias],
      forward(inputs) {
        const between = tf.relu(tf.add(tf.matMul(inputs, hidden.kernel), hidden.bias));
        return [between, tf.add(tf.matMul(between, logits.kernel), logits.bias)];
      },
    };
  }

  function batchOf(rows: Uint32Array) {
    const batch = new Float32Array(rows.length * featureCount);
    rows.forEach((row, at) =>
      batch.set(values.subarray(row * featureCount, (row + 1) * featureCount), at * featureCount),
    );
    const inputs = tf.tensor2d(batch, [rows.length, featureCount]);
    const classes = tf.tensor1d(
      Int32Array.from(rows, (row) => labels[row]!),
      'int32',
    );
    return { inputs, classes };
  }

  async function trainOne(config: TrainConfig, rows: TrainOptions) {
    const model = createModel(config.seed);
    const optimizer = createOptimizer(model.variables, config);
    const epochs: EpochReport[] = [];
    const validation = batchOf(rows.validationRows);
    const logits = (inputs: tf.Tensor) => model.forward(inputs).at(-1) as tf.Tensor2D;
    let best: EpochReport | undefined;
    let scores: Float32Array | null = null;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const order = epochOrder(rows.trainingRows, config.seed, epoch);
      let [loss, correct] = [0, 0];
      for (let start = 0; start < order.length; start += config.batchSize) {
        const { inputs, classes } = batchOf(order.subarray(start, start + config.batchSize));
        const hits = tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits(inputs), 1), classes), 'float32')));
        const { value, grads } = tf.variableGrads(
          () => softmaxCrossEntropy(logits(inputs), classes),
          [...model.variables],
        );
        optimizer.apply(grads, config.learningRate);
        loss += value.dataSync()[0]! * classes.size;
        correct += hits.dataSync()[0]!;
        tf.dispose([inputs, classes, hits, value, grads]);
      }
      const answers = tf.tidy(() => logits(validation.inputs));
      const validationLoss = tf.tidy(() => softmaxCrossEntropy(answers, validation.classes).dataSync()[0]!);
      const hits = tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(answers, 1), validation.classes), 'float32')));
      const report: EpochReport = {
        epoch: epoch + 1,
        trainLoss: loss / order.length,
        trainAccuracy: correct / order.length,
        validationLoss,
        validationAccuracy: hits.dataSync()[0]! / validation.classes.size,
        learningRate: config.learningRate,
        isBest: best === undefined || validationLoss < best.validationLoss,
      };
      epochs.push(report);
      if (report.isBest) [best, scores] = [report, Float32Array.from(await answers.data())];
      tf.dispose([answers, hits]);
    }
    optimizer.dispose();
    tf.dispose([[...model.variables], validation.inputs, validation.classes]);
    return {
      epochs,
      isDiverged: !Number.isFinite(epochs.at(-1)?.trainLoss),
      validationLoss: best?.validationLoss ?? Infinity,
      validationAccuracy: best?.validationAccuracy ?? 0,
      scores: rows.wantsScores ? scores : null,
    };
  }

  return {
    labels,
    classCount,
    trainingRows,
    validationRows,
    isStacked: false,
    async initial({ seed }) {
      const model = createModel(seed);
      const { inputs, classes } = batchOf(trainingRows);
      const facts = await startFacts(model, inputs, classes);
      tf.dispose([[...model.variables], inputs, classes]);
      return facts;
    },
    async train(configs, rows) {
      const curves = [];
      for (const config of configs) curves.push(await trainOne(config, rows));
      return curves;
    },
    remedies: () => ({
      initialisation: [{ label: 'Initialise by He', changes: { seed: 1 } }],
      capacity: [{ label: 'More units', changes: { mode: 'full' } }],
      regularisation: [{ label: 'Vary the pictures', changes: { augmentation: 'cached' } }],
    }),
  };
}
