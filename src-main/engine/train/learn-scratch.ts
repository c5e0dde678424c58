/** A small network that learns from nothing but the user's pictures: what transfer is compared with. */
import type { TrainConfig } from '../../contract/training.ts';
import type { ExampleSource } from '../features/example-source.ts';
import type { Network } from '../network/network.ts';
import { residualNetwork } from '../network/residual.ts';
import { settle } from '../network/settle.ts';
import { fitPixels } from './preprocess/pixels.ts';
import { pixelNodes } from './preprocess/pixel-nodes.ts';
import { trainTail, type TailData, type TrainedTail, type TrainTailOptions } from './train-tail.ts';

interface ScratchData extends Omit<TailData, 'network' | 'cut' | 'reads'> {
  /** Pixels 0–255, [size, size, 3]. */
  readonly source: ExampleSource;
}

/**
 * Trains a residual network on pixels. Its statistics come from the training pictures as they are, and travel in the network.
 *
 * @returns with the network settled: what exports can hold.
 * @throws EngineError `run/diverged`.
 */
export async function learnScratch(
  data: ScratchData,
  config: TrainConfig,
  options: TrainTailOptions,
): Promise<TrainedTail & { readonly network: Network }> {
  const { classCount, source, trainingRows } = data;
  const { scratch: settings, head, seed, epochs, learningRate, schedule = 'cosine' } = config;
  const pixels = await fitPixels(source, trainingRows, config.pixelPreprocessing);
  const preprocessing = (input: string) => pixelNodes(pixels, input);
  const network = residualNetwork({ settings, head, classCount, seed, preprocessing });
  const cut = network.nodes[1 + preprocessing('').length]?.name ?? '';
  const trained = await trainTail(
    { ...data, network, cut, reads: 'pixels' },
    { epochs, learningRate, schedule },
    config,
    options,
  );
  return { ...trained, network: settle(trained.network ?? network) };
}
