/** Search where each setting costs a training of its own: random settings, of which the worse are given up early. */
import type { TrainConfig } from '../../contract/training.ts';
import { createRandom } from '../random.ts';

/** Stream of `createRandom` that only the search draws from. */
const STREAM = 32;

/** From the lowest to the highest; both above 0. */
export type Range = readonly [low: number, high: number];

/** How far around the present settings a search looks. */
export interface SearchSpace {
  readonly learningRate: Range;
  readonly weightDecay: Range;
}

/**
 * Settings drawn log-uniformly, a pure function of (seed, round). The present settings come first: what is searched must beat
 * them.
 *
 * @see Bergstra & Bengio 2012, "Random search for hyper-parameter optimization": better than a grid where few of the settings
 *      matter.
 */
export function drawSettings(config: TrainConfig, space: SearchSpace, count: number, round: number): TrainConfig[] {
  const random = createRandom(config.seed, STREAM, round);
  const draw = ([low, high]: Range) => low * (high / low) ** random();
  const others = Array.from({ length: count - 1 }, () => ({
    ...config,
    learningRate: draw(space.learningRate),
    weightDecay: draw(space.weightDecay),
  }));
  return [config, ...others];
}

/** One round of successive halving: who took part, and what each then reached. */
export interface Round<T> {
  readonly epochs: number;
  /** Best first. */
  readonly measured: readonly T[];
}

export interface HalvingOptions<T> {
  readonly fewestEpochs: number;
  readonly mostEpochs: number;
  /** Only one in so many goes on to a round of so many times the epochs. */
  readonly eta: number;
  readonly measure: (configs: readonly TrainConfig[], epochs: number) => Promise<readonly T[]>;
  /** Negative where the first is the better. */
  readonly compare: (first: T, second: T) => number;
}

/**
 * Trains all candidates a little, the best part of them longer, and so on, so that most of the time goes to the good ones.
 *
 * @returns the rounds; the last has the candidates that were trained longest.
 * @see Jamieson & Talwalkar 2016, arXiv:1502.07943; Li et al. 2018, arXiv:1603.06560, algorithm 1, inner loop.
 */
export async function successiveHalving<T extends { readonly config: TrainConfig }>(
  candidates: readonly TrainConfig[],
  { fewestEpochs, mostEpochs, eta, measure, compare }: HalvingOptions<T>,
): Promise<Round<T>[]> {
  const rounds: Round<T>[] = [];
  let epochs = Math.min(fewestEpochs, mostEpochs);
  let configs = candidates;
  for (;;) {
    const measured = [...(await measure(configs, epochs))].sort(compare);
    rounds.push({ epochs, measured });
    if (configs.length === 1 || epochs >= mostEpochs) return rounds;
    configs = measured.slice(0, Math.max(1, Math.floor(configs.length / eta))).map(({ config }) => config);
    epochs = Math.min(mostEpochs, epochs * eta);
  }
}
