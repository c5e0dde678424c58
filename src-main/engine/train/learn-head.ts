/** A head on the frozen backbone: linear ones in a stack, those with hidden layers as a tail that reads embeddings. */
import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import type { TrainConfig } from '../../contract/training.ts';
import { EngineError } from '../../contract/errors.ts';
import { headNodes, isPlainLinear, withHead } from '../network/head.ts';
import type { LinearHead, Network, NetworkNode } from '../network/network.ts';
import { settle } from '../network/settle.ts';
import { finalShape } from '../network/shapes.ts';
import type { EpochReport } from './epoch-report.ts';
import { mappedSource } from './mapped-source.ts';
import { foldPreprocessing, mappedCount, type FeatureMap } from './preprocess/feature-map.ts';
import { fitPreprocessing } from './preprocess/fit.ts';
import type { LabelledExamples } from './labelled-examples.ts';
import { trainHead } from './train-heads.ts';
import { trainTail } from './train-tail.ts';

export interface LearnedHead {
  /** From pixels to probabilities. */
  readonly network: Network;
  /** The head alone, where it is linear. */
  readonly linear: LinearHead | null;
  /** The same network with what training alone does, such as dropout: what fine-tuning goes on from. */
  readonly start: Network;
  readonly bestEpoch: number;
  readonly ranEpochs: number;
  readonly stoppedEarly: boolean;
}

interface HeadData extends LabelledExamples {
  /** From pixels to the embedding. */
  readonly backbone: Network;
}

interface Options {
  readonly onEpoch?: (report: EpochReport) => void;
  readonly onDiagnostics?: (record: DiagnosticsRecord) => void;
  readonly watchedPlaces?: readonly number[] | undefined;
  readonly stopSignal?: AbortSignal;
}

const NEVER = { alpha: 1, probability: 0 };

/** What a head that fine-tuning only begins with leaves to the stage behind it. */
export const AS_A_START = { schedule: 'constant', warmupEpochs: 0, mixup: NEVER, cutmix: NEVER } as const;

/** @throws EngineError `run/diverged`; `run/cancelled` if stopped before the first epoch. */
export async function learnHead(data: HeadData, config: TrainConfig, options: Options): Promise<LearnedHead> {
  const isMixed = config.mixup.probability > 0 || config.cutmix.probability > 0;
  if (isMixed || !isPlainLinear(config.head)) return learnAsTail(data, config, options);
  const { head, bestEpoch, ranEpochs, stoppedEarly } = await trainHead(data, config, options);
  const network = withHead(data.backbone, head);
  return { network, start: network, linear: head, bestEpoch, ranEpochs, stoppedEarly };
}

/** Hidden layers, and whatever else a stack of heads cannot do. */
async function learnAsTail(data: HeadData, config: TrainConfig, options: Options): Promise<LearnedHead> {
  const { backbone, source, trainingRows } = data;
  const map = await fitPreprocessing(source, trainingRows, config);
  const network = withUntrainedHead(data, config, mappedCount(map));
  const cut = network.nodes[backbone.nodes.length]?.name ?? '';
  const { epochs, learningRate, schedule = 'constant' } = config;
  const trained = await trainTail(
    { ...data, network, cut, source: mappedSource(source, map) },
    { epochs, learningRate, schedule },
    config,
    options,
  );
  const { bestEpoch, ranEpochs, stoppedEarly } = trained;
  if (ranEpochs === 0) throw new EngineError('run/cancelled', 'Training was stopped before its first epoch had ended.');
  const start = foldIntoReaders(trained.network ?? network, backbone, map);
  return { network: settle(start), start, linear: null, bestEpoch, ranEpochs, stoppedEarly };
}

/**
 * A backbone with the head that the settings describe, as it is before it learns.
 *
 * @param featureCount  of what the head will read: other than the backbone's where embeddings are turned onto fewer axes.
 */
export function withUntrainedHead(
  { backbone, classCount }: { readonly backbone: Network; readonly classCount: number },
  { head, seed }: Pick<TrainConfig, 'head' | 'seed'>,
  featureCount = finalShape(backbone)[0] ?? 0,
): Network {
  const embedding = backbone.nodes.at(-1)?.name ?? '';
  return { nodes: [...backbone.nodes, ...headNodes(head, { embedding, featureCount, classCount }, seed)] };
}

/**
 * Makes the layers that read the embedding, or what dropout leaves of it, read it raw. Plain dropout will scale what they read,
 * the mean with it.
 */
function foldIntoReaders(network: Network, backbone: Network, map: FeatureMap): Network {
  const embedding = backbone.nodes.at(-1)?.name ?? '';
  const dropout = network.nodes.find((node) => node.op === 'dropout' && node.inputs[0] === embedding);
  const scale = dropout?.op === 'dropout' && !dropout.isInverted ? 1 - dropout.rate : 1;
  const nodes = network.nodes.map((node): NetworkNode => {
    if (node.op !== 'dense' || node.inputs[0] !== (dropout?.name ?? embedding)) return node;
    const { kernel, bias } = foldPreprocessing(node, map);
    const values = bias.values.map((value, unit) => {
      const own = node.bias.values[unit] ?? 0;
      return own + scale * (value - own);
    });
    return { ...node, kernel, bias: { ...bias, values } };
  });
  return { nodes };
}
