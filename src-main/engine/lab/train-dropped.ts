import type { DropoutOptions } from '../../contract/lab/dropout.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import { headNodes } from '../network/head.ts';
import type { Network } from '../network/network.ts';
import { mappedSource } from '../train/mapped-source.ts';
import { measureStandardisation } from '../train/preprocess/standardise.ts';
import type { LabelledExamples } from '../train/labelled-examples.ts';
import { trainTail, type TailData } from '../train/train-tail.ts';

/** A head that was trained with dropout, and still has it. */
export interface DroppedHead {
  /** `embedding`, the head's nodes, `logits` and `probabilities`. */
  readonly network: Network;
  /** First node behind `embedding`. */
  readonly cut: string;
  /** What the head reads: the embeddings, standardised. */
  readonly source: ExampleSource;
  readonly ranEpochs: number;
}

/**
 * Trains a head with dropout: one hidden layer of ReLUs, or none, where the embedding itself is dropped. The other settings
 * are those that a training begins with. Needs a tfjs backend; equal seeds give equal weights.
 *
 * @throws EngineError `run/diverged`; the signal's reason on an abort.
 */
export async function trainDropped(
  data: LabelledExamples,
  { units, rate, epochs, seed }: Pick<DropoutOptions, 'units' | 'rate' | 'epochs' | 'seed'>,
  { onEpoch, signal }: { readonly onEpoch?: (epoch: number) => void; readonly signal?: AbortSignal | undefined } = {},
): Promise<DroppedHead> {
  const { classCount, trainingRows } = data;
  const [featureCount = 0] = data.source.shape;
  const config: TrainConfig = {
    ...DEFAULT_TRAIN_CONFIG,
    epochs,
    seed,
    head: { ...DEFAULT_TRAIN_CONFIG.head, hidden: units === 0 ? [] : [units], dropout: rate },
  };
  const standardisation = await measureStandardisation(data.source, trainingRows);
  const source = mappedSource(data.source, standardisation);
  const head = headNodes(config.head, { embedding: 'embedding', featureCount, classCount }, seed);
  const cut = head[0]?.name ?? '';
  const network: Network = {
    nodes: [{ op: 'input', name: 'embedding', inputs: [], shape: [1, 1, featureCount], mean: 0, scale: 1 }, ...head],
  };
  const tail: TailData = { ...data, network, cut, source, reads: 'activations' };
  const { learningRate, schedule = 'constant' } = config;
  const trained = await trainTail(tail, { epochs, learningRate, schedule }, config, {
    stopSignal: signal,
    onEpoch: ({ epoch }) => onEpoch?.(epoch),
  });
  signal?.throwIfAborted();
  return { network: trained.network ?? network, cut, source, ranEpochs: trained.ranEpochs };
}
