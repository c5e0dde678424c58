/** What a run costs before it is run: counts of what is left to do, and the time and space that they take. Pure. */
import type { Picture } from '../../contract/dataset.ts';
import type { RunCost } from '../../contract/results.ts';
import type { AugmentationMode, TrainConfig } from '../../contract/training.ts';
import type { Pace } from './pace.ts';
import { learnsFromPixels, trainsHeadFirst } from './trunk.ts';

/** What earlier runs have left. */
export interface Stored {
  /** Whether a picture's activations at this run's cut are stored; variant 0 is the picture as it is. */
  readonly isCached: (sha256: string, variant: number) => boolean;
  /** Whether a picture's pixels are stored. */
  readonly isKept: (sha256: string) => boolean;
}

export const NOTHING_STORED: Stored = { isCached: () => false, isKept: () => false };

export interface Work {
  /** Passes through the frozen part before training, and those of them that are stored already. */
  readonly newPasses: number;
  readonly reusedPasses: number;
  /** Passes while training: new variants in every epoch, which nothing stores. */
  readonly livePasses: number;
  /** Pictures that have to be decoded. */
  readonly decodes: number;
  /** Pictures that have to be varied, each time counted. */
  readonly variations: number;
  /** Pictures that the part that learns is trained on, each epoch counted. The head alone takes next to nothing. */
  readonly tuneSteps: number;
}

type Settings = Pick<TrainConfig, 'mode' | 'epochs' | 'tuneEpochs' | 'headFirst' | 'variants'>;

/**
 * Counts what a run does, as if it never stopped early.
 *
 * The whole network has no frozen part: its pictures are varied as they are read, and only the head that is trained before
 * needs each picture's embedding.
 */
export function countWork(
  pictures: readonly Pick<Picture, 'sha256' | 'split'>[],
  settings: Settings,
  augmentation: AugmentationMode,
  { isCached, isKept }: Stored,
): Work {
  const trainingCount = pictures.filter(({ split }) => split === 'training').length;
  const { mode, epochs, tuneEpochs, variants } = settings;
  const isWhole = learnsFromPixels(settings);
  const needsPixels = isWhole || augmentation === 'live';
  const work = { newPasses: 0, reusedPasses: 0, livePasses: 0, decodes: 0, variations: 0 };
  for (const { sha256, split } of pictures) {
    const isVaried = !isWhole && augmentation === 'cached' && split === 'training';
    const wanted = isWhole && !trainsHeadFirst(settings) ? 0 : isVaried ? variants : 1;
    let missing = 0;
    for (let variant = 0; variant < wanted; variant++) {
      if (isCached(sha256, variant)) continue;
      missing += 1;
      if (variant > 0) work.variations += 1;
    }
    work.newPasses += missing;
    work.reusedPasses += wanted - missing;
    if ((missing > 0 || needsPixels) && !isKept(sha256)) work.decodes += 1;
  }
  const tuneSteps = mode === 'head' ? 0 : (mode === 'scratch' ? epochs : tuneEpochs) * trainingCount;
  if (isWhole && augmentation !== 'off') work.variations += tuneSteps;
  if (!isWhole && augmentation === 'live') {
    work.livePasses = mode === 'head' ? epochs * trainingCount : tuneSteps;
    work.variations += work.livePasses;
  }
  return { ...work, tuneSteps };
}

/** Bytes of what is stored for one picture. */
export interface StoredBytes {
  readonly activations: number;
  readonly pixels: number;
}

export function costOf(work: Work, bytes: StoredBytes, pace: Pace): RunCost {
  return {
    passCount: work.newPasses + work.livePasses,
    reusedCount: work.reusedPasses,
    seconds: guessSeconds(work, pace),
    diskBytes: work.newPasses * bytes.activations + work.decodes * bytes.pixels,
  };
}

/** Beyond this the coach's minute is well spent. */
const LONG_SECONDS = 120;

/** Whether a run is known to take long. */
export function isLong({ seconds }: Pick<RunCost, 'seconds'>): boolean {
  return seconds !== null && seconds > LONG_SECONDS;
}

/** Null where something is to be done that this machine has never been seen to do. */
function guessSeconds(
  { newPasses, livePasses, decodes, variations, tuneSteps }: Work,
  { decodeMs, passMs, augmentMs, tuneStepMs }: Pace,
): number | null {
  const parts = [
    [decodes, decodeMs],
    [newPasses + livePasses, passMs],
    [variations, augmentMs],
    [tuneSteps, tuneStepMs],
  ] as const;
  let milliseconds = 0;
  for (const [count, eachMs] of parts) {
    if (count === 0) continue;
    if (eachMs === null) return null;
    milliseconds += count * eachMs;
  }
  return milliseconds === 0 ? 0 : Math.max(1, Number((milliseconds / 1000).toPrecision(2)));
}
