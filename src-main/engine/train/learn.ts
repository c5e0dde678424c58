/** The two stages of transfer learning: a head on the frozen backbone, then the backbone's upper part with it. */
import { createHash } from 'node:crypto';
import type { TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import { withHead } from '../network/head.ts';
import { bytesOf } from '../network/little-endian.ts';
import type { LinearHead, Network } from '../network/network.ts';
import { finalShape } from '../network/shapes.ts';
import { fineTune } from './fine-tune.ts';
import type { EpochReport } from './epoch-report.ts';
import { initialKernel } from './head-stack.ts';
import { trainHead, type LabelledExamples } from './train-heads.ts';

export interface LearningData extends Omit<LabelledExamples, 'source'> {
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
  readonly head: LinearHead;
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

interface LearnOptions {
  readonly onEpoch: (report: EpochReport & { readonly phase: 'head' | 'tune'; readonly of: number }) => void;
  readonly stopSignal: AbortSignal;
  /** Where fine-tuning keeps how far it is; null: nowhere. */
  readonly checkpointFile: string | null;
}

/**
 * Trains what the settings ask for. A stop during the first stage ends with the head that is best so far.
 *
 * @throws EngineError `run/diverged`, `run/cancelled`.
 */
export async function learn(data: LearningData, config: TrainConfig, options: LearnOptions): Promise<Learned> {
  const { backbone, cut, embeddings, activations } = data;
  const { stopSignal, onEpoch } = options;
  const tuneEpochs = cut === null ? 0 : config.tuneEpochs;
  const headEpochs = embeddings === null ? 0 : config.epochs;
  const of = headEpochs + tuneEpochs;
  // Of two stages the first is a start: its rate stays, and the settings of the schedule are the second's.
  const headConfig = cut === null ? config : { ...config, schedule: 'constant' as const, warmupEpochs: 0 };
  const trained =
    embeddings &&
    (await trainHead({ ...data, source: embeddings }, headConfig, {
      stopSignal,
      onEpoch: (report) => onEpoch({ phase: 'head', of, ...report }),
    }));
  const head = trained?.head ?? randomHead(data, config.seed);
  const before = { ranEpochs: trained?.ranEpochs ?? 0, bestEpoch: trained?.bestEpoch ?? 0 };
  const untuned = {
    head,
    network: withHead(backbone, head),
    isTuned: false,
    trainingAccuracy: null,
    tuned: NOT_TUNED,
    ...before,
  };
  if (cut === null || activations === null || trained?.stoppedEarly)
    return { ...untuned, stoppedEarly: trained?.stoppedEarly ?? false };

  const fingerprint = createHash('sha256')
    .update(JSON.stringify([config, cut, data.fingerprint, [...data.labels]]))
    .update(bytesOf(head.kernel.values))
    .digest('hex');
  const { checkpointFile: file } = options;
  const startedAt = performance.now();
  let epochs = 0;
  const result = await fineTune({ ...data, source: activations, cut }, head, config, {
    stopSignal,
    checkpoint: file === null ? null : { file, fingerprint, everyMs: CHECKPOINT_EVERY_MS },
    onEpoch(report) {
      epochs++;
      onEpoch({ phase: 'tune', of: before.ranEpochs + tuneEpochs, ...report, epoch: before.ranEpochs + report.epoch });
    },
  });
  const { stoppedEarly, network, trainingAccuracy } = result;
  const ranEpochs = before.ranEpochs + result.ranEpochs;
  const bestEpoch = before.ranEpochs + result.bestEpoch;
  const tuned = { epochs, seconds: (performance.now() - startedAt) / 1000 };
  if (network === null) return { ...untuned, tuned, ranEpochs, stoppedEarly, trainingAccuracy };
  return { head, network, isTuned: true, tuned, ranEpochs, bestEpoch, stoppedEarly, trainingAccuracy };
}

const NOT_TUNED = { epochs: 0, seconds: 0 };

const CHECKPOINT_EVERY_MS = 5000;

function randomHead({ backbone, classCount }: LearningData, seed: number): LinearHead {
  const [featureCount = 0] = finalShape(backbone);
  const values = initialKernel({ featureCount, classCount }, seed);
  return {
    kernel: { shape: [featureCount, classCount], values },
    bias: { shape: [classCount], values: new Float32Array(classCount) },
  };
}
