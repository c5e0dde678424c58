/** The settings that the coach turns, wherever a run's configuration keeps them. */
import type { Initialisation, Schedule, TrainConfig } from '../../contract/training.ts';

/** What one training within a run goes by. */
export interface Settings {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly epochs: number;
  /** How hidden layers begin; null where there is none. */
  readonly initialisation: Initialisation | null;
  /** Share of units that a step cuts; null where it stays as it is. */
  readonly dropout: number | null;
}

/** Reads and writes them. */
export interface Dials {
  /** What its learning rate is called: a run with two stages has two. */
  readonly rateName: string;
  /** How the rate goes down where a run does not say. */
  readonly schedule: Schedule;
  /** The highest rate that the settings can hold. */
  highestRate(config: TrainConfig): number;
  read(config: TrainConfig): Settings;
  /** The same run with some of them changed; null changes nothing. */
  write(config: TrainConfig, changes: Partial<Settings>): TrainConfig;
}

/**
 * Of a linear head neither is searched. Its loss is convex, so that it ends at the same weights wherever it begins; and cutting
 * features keeps it from being trained in a stack, where a whole grid costs about as much as one setting. Weight decay, which is
 * searched, holds a linear model's weights down as well (Wager et al. 2013, arXiv:1307.1493: dropout is an adaptive L2 penalty).
 * Where dropout is set nevertheless, it is trained setting by setting anyway and searched like a rate.
 */
function headSettings({ head }: TrainConfig): Pick<Settings, 'initialisation' | 'dropout'> {
  const isDeep = head.hidden.length > 0;
  return {
    initialisation: isDeep ? head.initialisation : null,
    dropout: isDeep || head.dropout > 0 ? head.dropout : null,
  };
}

function writeHead(config: TrainConfig, { initialisation, dropout }: Partial<Settings>): TrainConfig {
  const head = { ...config.head, ...(initialisation && { initialisation }), ...(dropout != null && { dropout }) };
  return initialisation || dropout != null ? { ...config, head } : config;
}

/** Of a rate, and of a share of one, by the contract. */
const HIGHEST = 10;

/** The head on frozen embeddings. */
export const HEAD_DIALS: Dials = {
  rateName: 'learning rate',
  schedule: 'constant',
  highestRate: () => HIGHEST,
  read(config) {
    const { learningRate, weightDecay, epochs } = config;
    return { learningRate, weightDecay, epochs, ...headSettings(config) };
  },
  write: (config, { initialisation = null, dropout = null, ...others }) =>
    writeHead({ ...config, ...others }, { initialisation, dropout }),
};

/** A network from scratch: all its layers begin alike, and dropout lies before its last. */
export const SCRATCH_DIALS: Dials = {
  rateName: 'learning rate',
  schedule: 'cosine',
  highestRate: () => HIGHEST,
  read({ learningRate, weightDecay, epochs, scratch, head }) {
    return { learningRate, weightDecay, epochs, initialisation: scratch.initialisation, dropout: head.dropout };
  },
  write(config, { initialisation = null, dropout = null, ...others }) {
    const written = writeHead({ ...config, ...others }, { initialisation, dropout });
    return initialisation ? { ...written, scratch: { ...config.scratch, initialisation } } : written;
  },
};

/** Fine-tuning: its rate is kept as a share of the head's, which stays. Layers of the backbone begin with what they know. */
export const TUNE_DIALS: Dials = {
  rateName: 'learning rate of fine-tuning',
  schedule: 'cosine',
  highestRate: ({ learningRate }) => HIGHEST * learningRate,
  read(config) {
    const { learningRate, tuneRateShare, weightDecay, tuneEpochs } = config;
    const own = { learningRate: learningRate * tuneRateShare, weightDecay, epochs: tuneEpochs };
    return { ...own, ...headSettings(config) };
  },
  write(config, { learningRate, epochs, initialisation = null, dropout = null, ...others }) {
    return writeHead(
      {
        ...config,
        ...others,
        ...(learningRate !== undefined && { tuneRateShare: learningRate / config.learningRate }),
        ...(epochs !== undefined && { tuneEpochs: epochs }),
      },
      { initialisation, dropout },
    );
  },
};

const SEARCHED = ['learningRate', 'weightDecay', 'initialisation', 'dropout'] as const;

/** Whether two runs have the same settings of those that a search changes. */
export function isSame({ read }: Dials, a: TrainConfig, b: TrainConfig): boolean {
  const [first, second] = [read(a), read(b)];
  return SEARCHED.every((name) => first[name] === second[name]);
}

/** A run with what a search found, everything else as it is. */
export function withSearched({ read, write }: Dials, onto: TrainConfig, found: TrainConfig): TrainConfig {
  const [before, after] = [read(onto), read(found)];
  const changed = SEARCHED.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]);
  return write(onto, Object.fromEntries(changed) as Partial<Settings>); // as: names and values of settings
}
