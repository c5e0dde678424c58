/** What the coach examines of a run: the same networks, from the same start, that training would make. */
import type { TrainConfig } from '../../contract/training.ts';
import { isPlainLinear } from '../network/head.ts';
import type { Network } from '../network/network.ts';
import { residualNetwork } from '../network/residual.ts';
import { withUntrainedHead } from '../train/learn-head.ts';
import { mappedSource } from '../train/mapped-source.ts';
import { mappedCount } from '../train/preprocess/feature-map.ts';
import { fitPreprocessing } from '../train/preprocess/fit.ts';
import { pixelNodes } from '../train/preprocess/pixel-nodes.ts';
import { fitPixels } from '../train/preprocess/pixels.ts';
import type { LabelledExamples } from '../train/labelled-examples.ts';
import { HEAD_DIALS, SCRATCH_DIALS } from './dials.ts';
import { HEAD_EFFORT, SCRATCH_EFFORT } from './effort.ts';
import { createHeadSubject } from './head-subject.ts';
import { createNetworkSubject } from './network-subject.ts';
import type { Remedies, Subject } from './subject.ts';

/** The head of a run, linear or with hidden layers, on embeddings. @param backbone  from pixels to the embedding. */
export async function headSubject(data: LabelledExamples, backbone: Network, config: TrainConfig): Promise<Subject> {
  if (isPlainLinear(config.head)) return createHeadSubject(data);
  const map = await fitPreprocessing(data.source, data.trainingRows, config);
  return createNetworkSubject({
    ...data,
    source: mappedSource(data.source, map),
    isTrained: false,
    dials: HEAD_DIALS,
    effort: HEAD_EFFORT,
    title: null,
    build(settings) {
      const network = withUntrainedHead({ ...data, backbone }, settings, mappedCount(map));
      return { network, cut: network.nodes[backbone.nodes.length]?.name ?? '', reads: 'activations' };
    },
    remedies: headRemedies,
  });
}

/** The network of a run from scratch. @param data  with a source of pixels 0–255. */
export async function scratchSubject(data: LabelledExamples, config: TrainConfig): Promise<Subject> {
  const pixels = await fitPixels(data.source, data.trainingRows, config.pixelPreprocessing);
  const preprocessing = (input: string) => pixelNodes(pixels, input);
  return createNetworkSubject({
    ...data,
    isTrained: false,
    dials: SCRATCH_DIALS,
    effort: SCRATCH_EFFORT,
    title: null,
    build({ scratch: settings, head, seed }) {
      const network = residualNetwork({ settings, head, classCount: data.classCount, seed, preprocessing });
      return { network, cut: network.nodes[1 + preprocessing('').length]?.name ?? '', reads: 'pixels' };
    },
    remedies: scratchRemedies,
  });
}

function headRemedies({ head, augmentation }: TrainConfig): Remedies {
  const widest = Math.max(...head.hidden);
  return {
    initialisation: [{ label: 'Begin with He weights', changes: { head: { ...head, initialisation: 'he' } } }],
    capacity: [
      { label: 'Twice as many hidden units', changes: { head: { ...head, hidden: [Math.min(4096, 2 * widest)] } } },
      { label: 'Fine-tune the upper layers of the backbone too', changes: { mode: 'upper' } },
    ],
    regularisation: [
      ...(head.dropout < 0.5 ? [{ label: 'Dropout of 0.5', changes: { head: { ...head, dropout: 0.5 } } }] : []),
      ...(augmentation === 'off' ? [VARY] : []),
      { label: 'A linear head', changes: { head: { ...head, hidden: [] } } },
    ],
  };
}

function scratchRemedies({ scratch, augmentation, weightDecay }: TrainConfig): Remedies {
  const start = { ...scratch, initialisation: 'he', batchNorm: true } as const;
  return {
    initialisation: [{ label: 'Begin with He weights and batch norm', changes: { scratch: start } }],
    capacity: [
      { label: 'Twice as many channels', changes: { scratch: { ...scratch, width: Math.min(64, 2 * scratch.width) } } },
      { label: 'Begin with a pretrained backbone', changes: { mode: 'head' } },
    ],
    regularisation: [
      ...(augmentation === 'live'
        ? []
        : [{ label: 'New variants in every epoch', changes: { augmentation: 'live' } as const }]),
      {
        label: 'Ten times the weight decay',
        changes: { weightDecay: Math.min(10, weightDecay === 0 ? 0.01 : 10 * weightDecay) },
      },
      { label: 'Begin with a pretrained backbone', changes: { mode: 'head' } },
    ],
  };
}

const VARY = {
  label: 'Vary the pictures: three stored variants of each',
  changes: { augmentation: 'cached' } as const,
};
