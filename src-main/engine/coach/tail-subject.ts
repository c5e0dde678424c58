/** Fine-tuning as what the coach examines: the nodes of the backbone from a cut on, behind the head that they begin with. */
import type { Mode, TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import type { Network } from '../network/network.ts';
import { AS_A_START, learnHead, withUntrainedHead } from '../train/learn-head.ts';
import { TUNE_DIALS } from './dials.ts';
import { TAIL_EFFORT, WHOLE_EFFORT } from './effort.ts';
import type { Fold } from './folds.ts';
import { createNetworkSubject, type Start } from './network-subject.ts';
import type { LabelledRows, Remedies, Subject } from './subject.ts';

export interface TailSubjectData extends LabelledRows {
  /** From pixels to the embedding. */
  readonly backbone: Network;
  /** First node that learns. */
  readonly cut: string;
  /** What the nodes from the cut on read. */
  readonly activations: ExampleSource;
  /** What the head learns from before; null where fine-tuning begins with a random head. */
  readonly embeddings: ExampleSource | null;
}

/**
 * Each training begins with a head that has learned from the very pictures that the tail then learns from: one that had seen
 * those that check would make every setting look right.
 *
 * @param data  borrowed for as long as the subject is used.
 */
export function createTailSubject(data: TailSubjectData, { mode }: Pick<TrainConfig, 'mode'>): Subject {
  const { cut, activations, embeddings } = data;
  const heads = new Map<string, Promise<Network>>();

  async function trainedHead(source: ExampleSource, config: TrainConfig, fold: Fold, signal?: AbortSignal) {
    const headConfig = { ...config, ...AS_A_START };
    const options = signal ? { stopSignal: signal } : {};
    return (await learnHead({ ...data, ...fold, source }, headConfig, options)).start;
  }

  /** Heads are kept: most of the settings that a search changes are the tail's own. */
  function startOf(config: TrainConfig, fold: Fold, signal?: AbortSignal): Network | Promise<Network> {
    if (embeddings === null) return withUntrainedHead(data, config);
    const ofHead = { ...config, tuneRateShare: 0, tuneEpochs: 0 };
    const key = JSON.stringify([ofHead, [...fold.trainingRows], [...fold.validationRows]]);
    const head = heads.get(key) ?? trainedHead(embeddings, config, fold, signal);
    heads.set(key, head);
    return head;
  }

  return createNetworkSubject({
    ...data,
    source: activations,
    isTrained: embeddings !== null,
    dials: TUNE_DIALS,
    effort: mode === 'full' ? WHOLE_EFFORT : TAIL_EFFORT,
    title: mode === 'full' ? 'Fine-tuning of the whole backbone' : `Fine-tuning from ${cut} on`,
    build: async (config, fold, signal): Promise<Start> => ({
      network: await startOf(config, fold, signal),
      cut,
      reads: mode === 'full' ? 'pixels' : 'activations',
    }),
    remedies: tailRemedies,
  });
}

function tailRemedies({ mode, head, augmentation, layerDecay, weightDecay }: TrainConfig): Remedies {
  const wider: Mode = 'full';
  return {
    initialisation: [{ label: 'Begin with a head that was trained first', changes: { headFirst: true } }],
    capacity: mode === wider ? [] : [{ label: 'Fine-tune the whole backbone', changes: { mode: wider } }],
    regularisation: [
      ...(augmentation === 'off'
        ? [{ label: 'Vary the pictures: three stored variants of each', changes: { augmentation: 'cached' } as const }]
        : []),
      ...(head.hidden.length > 0 && head.dropout < 0.5
        ? [{ label: 'Dropout of 0.5', changes: { head: { ...head, dropout: 0.5 } } }]
        : []),
      ...(layerDecay === 1 ? [{ label: 'Let lower layers learn more slowly', changes: { layerDecay: 0.4 } }] : []),
      {
        label: 'Ten times the weight decay',
        changes: { weightDecay: Math.min(10, weightDecay === 0 ? 0.01 : 10 * weightDecay) },
      },
      { label: 'Train the head alone', changes: { mode: 'head' } },
    ],
  };
}
