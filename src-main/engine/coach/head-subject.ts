/** The head on frozen embeddings as what the coach examines: a grid of settings is one stack, and costs about as much as one. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';
import type { EpochReport } from '../train/epoch-report.ts';
import { initialKernel } from '../train/initial-heads.ts';
import { mappedSource } from '../train/mapped-source.ts';
import { fitPreprocessing } from '../train/preprocess/fit.ts';
import type { LabelledExamples } from '../train/labelled-examples.ts';
import { trainHeads, type HeadOutcome } from '../train/train-heads.ts';
import { HEAD_DIALS } from './dials.ts';
import { STACKED_EFFORT } from './effort.ts';
import { neighbourScores } from './neighbours.ts';
import { startFacts } from './start-facts.ts';
import type { Curve, Remedies, Subject, TrainOptions } from './subject.ts';

interface HeadSubjectOptions {
  /** What the initial weights are multiplied by. */
  readonly initialScale?: number;
}

/** @param data  borrowed for as long as the subject is used. */
export function createHeadSubject(data: LabelledExamples, { initialScale = 1 }: HeadSubjectOptions = {}): Subject {
  const { source, labels, classCount, trainingRows, validationRows } = data;
  const [featureCount = 0] = source.shape;

  async function readRows(rows: Uint32Array): Promise<tf.Tensor2D> {
    const values = new Float32Array(rows.length * featureCount);
    await source.read(rows, null, values);
    return tf.tensor2d(values, [rows.length, featureCount]);
  }

  return {
    labels,
    classCount,
    trainingRows,
    validationRows,
    isStacked: true,
    dials: HEAD_DIALS,
    effort: STACKED_EFFORT,
    title: null,
    remedies,
    secondOpinion: (from, rows) => neighbourScores(data, from, rows),

    async initial(config) {
      const rows = trainingRows.subarray(0, STACKED_EFFORT.startRows);
      const mapped = mappedSource(source, await fitPreprocessing(source, trainingRows, config));
      const [inputCount = 0] = mapped.shape;
      const values = new Float32Array(rows.length * inputCount);
      await mapped.read(rows, null, values);
      const inputs = tf.tensor2d(values, [rows.length, inputCount]);
      const classes = tf.tensor1d(
        Int32Array.from(rows, (row) => labels[row] ?? 0),
        'int32',
      );
      const weights = initialKernel({ featureCount: inputCount, classCount }, config.seed, initialScale);
      const kernel = tf.tidy(() => tf.variable(tf.tensor2d(weights, [inputCount, classCount])));
      const bias = tf.tidy(() => tf.variable(tf.zeros([classCount])));
      const forward = (x: tf.Tensor) => [tf.add(tf.matMul(x, kernel), bias)];
      try {
        return await startFacts({ layers: [{ name: 'logits', kernel, bias }], forward }, inputs, classes);
      } finally {
        tf.dispose([inputs, classes, kernel, bias]);
      }
    },

    async train(configs, { signal, wantsScores = false, trainingRows, validationRows }: TrainOptions) {
      const reports = configs.map((): EpochReport[] => []);
      const outcomes = await trainHeads({ source, labels, classCount, trainingRows, validationRows }, configs, {
        stopSignal: signal,
        initialScale,
        onEpoch: (now) => now.forEach((report, place) => reports[place]?.push(report)),
      });
      signal?.throwIfAborted();
      const inputs = wantsScores ? await readRows(validationRows) : null;
      const curves: Curve[] = [];
      for (const [index, outcome] of outcomes.entries()) {
        const { isDiverged, validationLoss, validationAccuracy } = outcome;
        const scores = inputs && (await scoresOf(outcome, inputs));
        curves.push({ epochs: reports[index] ?? [], isDiverged, validationLoss, validationAccuracy, scores });
      }
      inputs?.dispose();
      return curves;
    },
  };
}

/** Logits of a trained head. @param inputs  embeddings as they are. Borrowed. */
async function scoresOf({ head }: HeadOutcome, inputs: tf.Tensor2D): Promise<Float32Array | null> {
  if (head === null) return null;
  const logits = tf.tidy(() => {
    const kernel = tf.tensor(head.kernel.values, [...head.kernel.shape]);
    return tf.add(tf.matMul(inputs, kernel), tf.tensor1d(head.bias.values));
  });
  const values = await logits.data<'float32'>();
  logits.dispose();
  return values;
}

/** What helps a linear head: more of the backbone under it, or fewer ways to learn by heart. */
function remedies(config: TrainConfig): Remedies {
  return {
    initialisation: [],
    capacity: [{ label: 'Fine-tune the upper layers of the backbone too', changes: { mode: 'upper' } }],
    regularisation: [
      ...(config.augmentation === 'off'
        ? [{ label: 'Vary the pictures: three stored variants of each', changes: { augmentation: 'cached' } as const }]
        : []),
      ...(config.labelSmoothing === 0 ? [{ label: 'Smooth the labels by 0.1', changes: { labelSmoothing: 0.1 } }] : []),
    ],
  };
}
