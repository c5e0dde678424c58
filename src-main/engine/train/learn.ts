/** What the settings ask for: a head on the frozen backbone, then perhaps the backbone's upper part with it; or a network from scratch. */
import { createHash } from 'node:crypto';
import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import type { LinearHead, Network, Parameter } from '../network/network.ts';
import { parametersOf } from '../network/parameters.ts';
import { settle } from '../network/settle.ts';
import { withStochasticDepth } from '../network/stochastic-depth.ts';
import { withTail } from '../network/tail.ts';
import type { EpochReport } from './epoch-report.ts';
import { AS_A_START, learnHead, withUntrainedHead, type LearnedHead } from './learn-head.ts';
import { learnScratch } from './learn-scratch.ts';
import type { LabelledExamples } from './labelled-examples.ts';
import { throwIfPaused } from './pause.ts';
import { trainTail, type TrainTailOptions } from './train-tail.ts';
import { startedHead, type StartedHead } from './tuning-checkpoint.ts';

export interface LearningData extends Omit<LabelledExamples, 'source'> {
  /** From pixels to the embedding; of a network from scratch not used. */
  readonly backbone: Network;
  /** Of the pictures behind the rows: a checkpoint of others is none. */
  readonly fingerprint: string;
  /** First node that learns; null where the head alone does. */
  readonly cut: string | null;
  /** What the head learns from; null where fine-tuning starts from a random head. */
  readonly embeddings: ExampleSource | null;
  /** What the nodes from the cut on learn from; null where the head alone learns. */
  readonly activations: ExampleSource | null;
}

export interface Learned {
  /** The head alone, where it is linear and nothing else learned. */
  readonly linear: LinearHead | null;
  /** From pixels to probabilities. */
  readonly network: Network;
  /** Whether nodes of the backbone are other than they were: fine-tuning that never got better leaves them alone. */
  readonly isTuned: boolean;
  /** Counted through both stages. */
  readonly bestEpoch: number;
  readonly ranEpochs: number;
  readonly stoppedEarly: boolean;
  /** Epochs of the second stage that were run now, and how long they took. */
  readonly tuned: { readonly epochs: number; readonly seconds: number };
  /** Of what was fine-tuned, on the training pictures as they are; null where the head alone learned. */
  readonly trainingAccuracy: number | null;
}

type Phase = 'head' | 'tune';

export interface LearnOptions {
  readonly onEpoch: (report: EpochReport & { readonly phase: Phase; readonly of: number }) => void;
  readonly onDiagnostics: (record: DiagnosticsRecord & { readonly phase: Phase }) => void;
  /** As in `TrainTailOptions`, of both stages. */
  readonly watchedPlaces?: readonly number[] | undefined;
  readonly stopSignal: AbortSignal;
  /** Where fine-tuning keeps how far it is; null: nowhere. */
  readonly checkpointFile: string | null;
}

/**
 * Trains what the settings ask for. A stop during the first of two stages ends with the head that is best so far; a pause there
 * keeps nothing, since a head takes seconds.
 *
 * @throws EngineError `run/diverged`, `run/cancelled`, `run/paused`.
 */
export async function learn(data: LearningData, config: TrainConfig, options: LearnOptions): Promise<Learned> {
  if (config.mode === 'scratch') return learnAlone(data, config, options);
  const { cut, embeddings, activations } = data;
  const tuneEpochs = cut === null ? 0 : config.tuneEpochs;
  // Of two stages the first is a start: its rate stays, and schedule and mixing are the second's.
  const headConfig = cut === null ? config : { ...config, ...AS_A_START };
  const of = (embeddings === null ? 0 : config.epochs) + tuneEpochs;
  const { stopSignal, checkpointFile, watchedPlaces } = options;
  const head =
    embeddings &&
    ((cut === null ? null : await headBefore(data, config, checkpointFile)) ??
      (await learnHead({ ...data, source: embeddings }, headConfig, {
        stopSignal,
        watchedPlaces,
        onEpoch: (report) => options.onEpoch({ phase: 'head', of, ...report }),
        onDiagnostics: (record) => options.onDiagnostics({ phase: 'head', ...record }),
      }).finally(() => throwIfPaused(stopSignal))));
  if (cut !== null && activations !== null && !head?.stoppedEarly)
    return tune({ ...data, cut, source: activations }, head, config, options);
  if (head === null) throw new Error('There is nothing to learn from');
  return { ...head, isTuned: false, trainingAccuracy: null, tuned: { epochs: 0, seconds: 0 } };
}

/** The second stage: the nodes from the cut on, together with the head. */
async function tune(
  data: LearningData & { readonly cut: string; readonly source: ExampleSource },
  head: LearnedHead | null,
  config: TrainConfig,
  options: LearnOptions,
): Promise<Learned> {
  const start = withStochasticDepth(
    head?.start ?? withUntrainedHead(data, config),
    data.cut,
    config.tuneStochasticDepth,
  );
  const before = { ranEpochs: head?.ranEpochs ?? 0, bestEpoch: head?.bestEpoch ?? 0 };
  const { learningRate, tuneRateShare, tuneEpochs, schedule = 'cosine' } = config;
  const plan = { epochs: tuneEpochs, learningRate: learningRate * tuneRateShare, schedule };
  const stage = startStage(data, config, options, {
    head: head && { ...before, weights: headWeights(data, head.start) },
    ranEpochs: before.ranEpochs,
    epochs: tuneEpochs,
  });
  const trained = await trainTail({ ...data, network: start }, plan, config, stage.options);
  const { network, stoppedEarly, trainingAccuracy } = trained;
  const ranEpochs = before.ranEpochs + trained.ranEpochs;
  const outcome = { ranEpochs, stoppedEarly, trainingAccuracy, tuned: stage.worked() };
  if (network === null)
    return {
      ...outcome,
      linear: head?.linear ?? null,
      network: settle(start),
      isTuned: false,
      bestEpoch: before.bestEpoch,
    };
  const bestEpoch = before.ranEpochs + trained.bestEpoch;
  return { ...outcome, linear: null, network: settle(network), isTuned: true, bestEpoch };
}

async function learnAlone(data: LearningData, config: TrainConfig, options: LearnOptions): Promise<Learned> {
  const { activations: source } = data;
  if (source === null) throw new Error('A network from scratch learns from pixels');
  const stage = startStage(data, config, options, { head: null, ranEpochs: 0, epochs: config.epochs });
  const trained = await learnScratch({ ...data, source }, config, stage.options);
  return { ...trained, linear: null, isTuned: true, tuned: stage.worked() };
}

const CHECKPOINT_EVERY_MS = 5000;

/** A stage that tells of its epochs behind those of the one before, and keeps how far it is. */
function startStage(
  data: LearningData,
  config: TrainConfig,
  { onEpoch, onDiagnostics, stopSignal, watchedPlaces, checkpointFile: file }: LearnOptions,
  {
    head,
    ranEpochs,
    epochs,
  }: { readonly head: StartedHead | null; readonly ranEpochs: number; readonly epochs: number },
) {
  const startedAt = performance.now();
  let workedEpochs = 0;
  const options: TrainTailOptions = {
    stopSignal,
    watchedPlaces,
    checkpoint:
      file === null ? null : { file, fingerprint: trainingOf(data, config), everyMs: CHECKPOINT_EVERY_MS, head },
    onEpoch(report) {
      workedEpochs++;
      onEpoch({ phase: 'tune', of: ranEpochs + epochs, ...report, epoch: ranEpochs + report.epoch });
    },
    onDiagnostics(record) {
      const initialLoss = ranEpochs === 0 ? record.initialLoss : null; // a trained head's is no first loss
      onDiagnostics({ phase: 'tune', ...record, epoch: ranEpochs + record.epoch, initialLoss });
    },
  };
  return { options, worked: () => ({ epochs: workedEpochs, seconds: (performance.now() - startedAt) / 1000 }) };
}

/** What a training is a function of: settings and pictures. The head that it starts from follows from them. */
function trainingOf({ cut, fingerprint, labels }: LearningData, config: TrainConfig): string {
  const hash = createHash('sha256').update(JSON.stringify([config, cut, fingerprint, [...labels]]));
  return hash.digest('hex');
}

/** The head of a training that was cut off while it was fine-tuned; null where there is none to go on from. */
async function headBefore(
  data: LearningData,
  config: TrainConfig,
  checkpointFile: string | null,
): Promise<LearnedHead | null> {
  if (checkpointFile === null) return null;
  const fingerprint = trainingOf(data, config);
  const before = await startedHead({ file: checkpointFile, fingerprint, everyMs: CHECKPOINT_EVERY_MS });
  if (before === null) return null;
  const untrained = withUntrainedHead(data, config);
  const start = withTail(untrained, untrained.nodes[data.backbone.nodes.length]?.name ?? '', before.weights);
  const { bestEpoch, ranEpochs } = before;
  return { network: settle(start), start, linear: null, bestEpoch, ranEpochs, stoppedEarly: false };
}

/** Of the nodes behind the embedding. */
function headWeights({ backbone }: LearningData, { nodes }: Network): Parameter[] {
  return nodes.slice(backbone.nodes.length).flatMap((node) => parametersOf(node).map(([, parameter]) => parameter));
}
