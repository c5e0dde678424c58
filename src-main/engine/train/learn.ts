/** What the settings ask for: a head on the frozen backbone, then perhaps the backbone's upper part with it; or a network from scratch. */
import { createHash } from 'node:crypto';
import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import { bytesOf } from '../network/little-endian.ts';
import type { LinearHead, Network } from '../network/network.ts';
import { parametersOf } from '../network/parameters.ts';
import { settle } from '../network/settle.ts';
import { withStochasticDepth } from '../network/stochastic-depth.ts';
import type { EpochReport } from './epoch-report.ts';
import { AS_A_START, learnHead, withUntrainedHead, type LearnedHead } from './learn-head.ts';
import { learnScratch } from './learn-scratch.ts';
import type { LabelledExamples } from './train-heads.ts';
import { trainTail, type TrainTailOptions } from './train-tail.ts';

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
  readonly stopSignal: AbortSignal;
  /** Where fine-tuning keeps how far it is; null: nowhere. */
  readonly checkpointFile: string | null;
}

/**
 * Trains what the settings ask for. A stop during the first of two stages ends with the head that is best so far.
 *
 * @throws EngineError `run/diverged`, `run/cancelled`.
 */
export async function learn(data: LearningData, config: TrainConfig, options: LearnOptions): Promise<Learned> {
  if (config.mode === 'scratch') return learnAlone(data, config, options);
  const { cut, embeddings, activations } = data;
  const tuneEpochs = cut === null ? 0 : config.tuneEpochs;
  // Of two stages the first is a start: its rate stays, and schedule and mixing are the second's.
  const headConfig = cut === null ? config : { ...config, ...AS_A_START };
  const of = (embeddings === null ? 0 : config.epochs) + tuneEpochs;
  const head =
    embeddings &&
    (await learnHead({ ...data, source: embeddings }, headConfig, {
      stopSignal: options.stopSignal,
      onEpoch: (report) => options.onEpoch({ phase: 'head', of, ...report }),
      onDiagnostics: (record) => options.onDiagnostics({ phase: 'head', ...record }),
    }));
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
  const stage = startStage(data, config, options, { start, ranEpochs: before.ranEpochs, epochs: tuneEpochs });
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
  const stage = startStage(data, config, options, { start: null, ranEpochs: 0, epochs: config.epochs });
  const trained = await learnScratch({ ...data, source }, config, stage.options);
  return { ...trained, linear: null, isTuned: true, tuned: stage.worked() };
}

const CHECKPOINT_EVERY_MS = 5000;

/** A stage that tells of its epochs behind those of the one before, and keeps how far it is. */
function startStage(
  data: LearningData,
  config: TrainConfig,
  { onEpoch, onDiagnostics, stopSignal, checkpointFile: file }: LearnOptions,
  { start, ranEpochs, epochs }: { readonly start: Network | null; readonly ranEpochs: number; readonly epochs: number },
) {
  const startedAt = performance.now();
  let workedEpochs = 0;
  const options: TrainTailOptions = {
    stopSignal,
    checkpoint:
      file === null ? null : { file, fingerprint: trainingOf(data, config, start), everyMs: CHECKPOINT_EVERY_MS },
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

/** What a training is a function of: settings, pictures, and the head that it starts from. */
function trainingOf({ cut, fingerprint, labels }: LearningData, config: TrainConfig, start: Network | null): string {
  const hash = createHash('sha256').update(JSON.stringify([config, cut, fingerprint, [...labels]]));
  for (const node of start?.nodes ?? [])
    if (node.op === 'dense') for (const [, { values }] of parametersOf(node)) hash.update(bytesOf(values));
  return hash.digest('hex');
}
