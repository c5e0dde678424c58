/** A network that is trained setting by setting as what the coach examines: a head with hidden layers, a tail, or one from scratch. */
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../contract/errors.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import type { Network, NetworkNode } from '../network/network.ts';
import { createTail, type TailOptions, type TrainableTail } from '../network/tail.ts';
import type { EpochReport } from '../train/epoch-report.ts';
import { softmaxCrossEntropy } from '../train/loss.ts';
import { trainTail } from '../train/train-tail.ts';
import { startFacts, type StartLayer } from './start-facts.ts';
import type { Dials } from './dials.ts';
import type { Effort } from './effort.ts';
import type { Fold } from './folds.ts';
import type { Curve, LabelledRows, Subject, TrainOptions } from './subject.ts';

/** A network before its training, and where it begins to learn. */
export interface Start {
  /** From pixels to probabilities. */
  readonly network: Network;
  readonly cut: string;
  readonly reads: TailOptions['reads'];
}

export interface NetworkSubjectData extends LabelledRows {
  /** What the part that learns reads. */
  readonly source: ExampleSource;
  /**
   * The network that the settings describe. Equal settings give equal weights.
   *
   * @param fold  the pictures of the training that follows: what has to learn before may see no others.
   */
  readonly build: (config: TrainConfig, fold: Fold, signal?: AbortSignal) => Start | Promise<Start>;
  /** Whether that network has learned before; else it knows nothing. */
  readonly isTrained: boolean;
  readonly dials: Dials;
  readonly effort: Effort;
  readonly title: string | null;
  readonly remedies: Subject['remedies'];
}

/** Rows whose scores are computed together; bounds memory. */
const SCORE_ROWS = 64;

/** @param data  borrowed for as long as the subject is used. */
export function createNetworkSubject(data: NetworkSubjectData): Subject {
  const { source, labels, classCount, trainingRows, validationRows, build } = data;
  const { isTrained, dials, effort, title, remedies } = data;

  async function read(rows: Uint32Array): Promise<tf.Tensor> {
    const length = source.shape.reduce((product, size) => product * size, 1);
    const values = new Float32Array(rows.length * length);
    await source.read(rows, null, values);
    return tf.tensor(values, [rows.length, ...source.shape]);
  }

  async function trainOne(config: TrainConfig, options: TrainOptions): Promise<Curve> {
    const { signal, wantsScores = false, isEnough, trainingRows, validationRows } = options;
    const fold = { trainingRows, validationRows };
    const epochs: EpochReport[] = [];
    const { epochs: epochCount, learningRate } = dials.read(config);
    const plan = { epochs: epochCount, learningRate, schedule: config.schedule ?? dials.schedule };
    const enough = new AbortController();
    const stopSignal = signal ? AbortSignal.any([signal, enough.signal]) : enough.signal;
    const onEpoch = (report: EpochReport) => {
      epochs.push(report);
      if (isEnough?.(report)) enough.abort();
    };
    try {
      const start = await build(config, fold, signal); // what learns before may diverge too
      const trained = await trainTail({ ...start, source, labels, classCount, ...fold }, plan, config, {
        stopSignal,
        onEpoch,
      });
      signal?.throwIfAborted();
      const best = epochs.reduce<EpochReport | null>(better, null);
      const network = trained.network ?? start.network;
      return {
        epochs,
        isDiverged: false,
        validationLoss: best?.validationLoss ?? Infinity,
        validationAccuracy: best?.validationAccuracy ?? 0,
        scores: wantsScores ? await scoresOf({ ...start, network }, validationRows) : null,
      };
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'run/diverged') throw error;
      return { epochs, isDiverged: true, validationLoss: Infinity, validationAccuracy: 0, scores: null };
    }
  }

  async function lossOf(start: Start, rows: Uint32Array): Promise<number> {
    const scores = await scoresOf(start, rows);
    const loss = tf.tidy(() => {
      const classes = tf.tensor1d(
        Int32Array.from(rows, (row) => labels[row] ?? 0),
        'int32',
      );
      return softmaxCrossEntropy(tf.tensor2d(scores, [rows.length, classCount]), classes);
    });
    const [value = NaN] = await loss.data<'float32'>();
    loss.dispose();
    return value;
  }

  async function scoresOf({ network, cut, reads }: Start, rows: Uint32Array): Promise<Float32Array> {
    const tail = createTail(network, cut, { reads });
    const scores = new Float32Array(rows.length * classCount);
    try {
      for (let start = 0; start < rows.length; start += SCORE_ROWS) {
        const inputs = await read(rows.subarray(start, start + SCORE_ROWS));
        const logits = tail.logits(inputs);
        scores.set(await logits.data<'float32'>(), start * classCount);
        tf.dispose([inputs, logits]);
      }
      return scores;
    } finally {
      tail.dispose();
    }
  }

  return {
    labels,
    classCount,
    trainingRows,
    validationRows,
    isStacked: false,
    dials,
    effort,
    title,
    remedies,
    ...(isTrained && {
      async startLoss(config: TrainConfig, fold: Fold) {
        const start = await build(config, fold);
        return {
          training: await lossOf(start, fold.trainingRows),
          validation: await lossOf(start, fold.validationRows),
        };
      },
    }),

    async initial(config) {
      const { network, cut, reads } = await build(config, { trainingRows, validationRows });
      const rows = trainingRows.subarray(0, effort.startRows);
      const inputs = await read(rows);
      const classes = tf.tensor1d(
        Int32Array.from(rows, (row) => labels[row] ?? 0),
        'int32',
      );
      const tail = createTail(network, cut, { reads });
      const kept: tf.Tensor[] = [];
      try {
        const forward = (x: tf.Tensor) => layerOutputs(tail, network, x, kept);
        return await startFacts({ layers: startLayers(tail), forward }, inputs, classes);
      } finally {
        tf.dispose([inputs, classes, ...kept]);
        tail.dispose();
      }
    },

    async train(configs, options) {
      const curves: Curve[] = [];
      for (const config of configs) curves.push(await trainOne(config, options));
      return curves;
    },
  };
}

function better(best: EpochReport | null, report: EpochReport): EpochReport {
  return best === null || report.validationLoss < best.validationLoss ? report : best;
}

function startLayers(tail: TrainableTail): StartLayer[] {
  return tail.nodes.flatMap(({ name, variables }) => {
    const byRole = new Map(variables);
    const [kernel, bias] = [byRole.get('kernel'), byRole.get('bias')];
    return kernel && bias ? [{ name, kernel, bias }] : [];
  });
}

/** What a layer's sums go through, one node after another. */
const BEHIND_SUMS: readonly NetworkNode['op'][] = ['batchNorm', 'activation', 'prelu', 'maximum'];

/**
 * What each layer gives, after what its sums go through; the last are the logits.
 *
 * @param kept  takes the tensors that `forward`'s own tidy must leave: the caller disposes of them.
 */
function layerOutputs(tail: TrainableTail, network: Network, inputs: tf.Tensor, kept: tf.Tensor[]): tf.Tensor[] {
  const seen = new Map<string, tf.Tensor>();
  const logits = tail.logits(inputs, undefined, ({ name }, output) => {
    const copy = tf.keep(tf.clone(output));
    kept.push(copy);
    seen.set(name, copy);
  });
  const hidden = startLayers(tail)
    .slice(0, -1)
    .map(({ name }) => seen.get(endOf(network, name)) ?? logits);
  return [...hidden, logits];
}

function endOf({ nodes }: Network, name: string): string {
  const readers = nodes.filter(({ inputs }) => inputs.includes(name));
  const [next] = readers;
  return readers.length === 1 && next && BEHIND_SUMS.includes(next.op) ? endOf({ nodes }, next.name) : name;
}
