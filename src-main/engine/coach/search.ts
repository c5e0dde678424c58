/** Search where each setting costs a training of its own: random settings, of which the worse are given up early. */
import type { Initialisation, TrainConfig } from '../../contract/training.ts';
import { createRandom } from '../random.ts';
import type { Dials } from './dials.ts';

/** Stream of `createRandom` that only the search draws from. */
const STREAM = 32;

/** From the lowest to the highest; both above 0. */
export type Range = readonly [low: number, high: number];

/** How far around the present settings a search looks. */
export interface SearchSpace {
  readonly learningRate: Range;
  readonly weightDecay: Range;
  /** Of which each is as likely; what the settings have none of is not drawn. */
  readonly initialisations: readonly Initialisation[];
  readonly dropouts: readonly number[];
}

/**
 * Initialisations that a search tries beside the present one: those that keep signals of one size from layer to layer. The other
 * two are there to show what goes wrong without.
 */
export const SOUND_INITIALISATIONS: readonly Initialisation[] = ['he', 'xavier'];

/** Nothing, what suffices for features that are good already, and Srivastava et al.'s 2014 (JMLR 15) for hidden layers. */
export const DROPOUTS: readonly number[] = [0, 0.2, 0.5];

/**
 * Settings drawn at random, rates and decays log-uniformly; a pure function of (seed, round). The present settings come first:
 * what is searched must beat them.
 *
 * @see Bergstra & Bengio 2012, "Random search for hyper-parameter optimization": better than a grid where few of the settings
 *      matter.
 */
export function drawSettings(
  dials: Dials,
  config: TrainConfig,
  space: SearchSpace,
  { count, round }: { readonly count: number; readonly round: number },
): TrainConfig[] {
  const random = createRandom(config.seed, STREAM, round);
  const draw = ([low, high]: Range) => low * (high / low) ** random();
  const choose = <T>(among: readonly T[]) => among[Math.floor(among.length * random())];
  const present = dials.read(config);
  const others = Array.from({ length: count - 1 }, () => {
    const learningRate = Math.min(draw(space.learningRate), dials.highestRate(config));
    const weightDecay = draw(space.weightDecay);
    const initialisation = choose(space.initialisations) ?? null;
    const dropout = choose(space.dropouts) ?? null;
    return dials.write(config, {
      learningRate,
      weightDecay,
      initialisation: present.initialisation && initialisation,
      dropout: present.dropout === null ? null : dropout,
    });
  });
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
