import type { ClassSummary, DatasetSummary, Split } from '../../src-main/contract/dataset.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../src-main/contract/training.ts';

type Shares = Pick<TrainConfig, 'seed' | 'validationFraction' | 'testFraction'>;

export interface ExpectedSplit {
  readonly counts: Readonly<Record<Split, number>>;
  /** Whether the run will have exactly these. Copies of one picture and moves by hand are only counted by the engine. */
  readonly isExact: boolean;
}

/**
 * Pictures of each split in a run with these settings. The summary holds those of the default settings.
 *
 * @param counted  by the engine, for these settings; null until it has answered: then they are estimated.
 */
export function expectedSplit(
  { classes }: DatasetSummary,
  shares: Shares,
  counted: readonly ClassSummary[] | null,
): ExpectedSplit {
  const isDefault = (['seed', 'validationFraction', 'testFraction'] as const).every(
    (name) => shares[name] === DEFAULT_TRAIN_CONFIG[name],
  );
  const counts = { training: 0, validation: 0, test: 0 };
  const known = counted ?? (isDefault ? classes : null);
  if (known !== null) {
    for (const one of known) {
      for (const split of ['training', 'validation', 'test'] as const) counts[split] += one.counts[split];
    }
    return { counts, isExact: true };
  }
  for (const { imageCount } of classes) {
    const validation = shareOf(imageCount, shares.validationFraction, 2);
    const test = Math.min(shareOf(imageCount, shares.testFraction, 3), Math.max(0, imageCount - validation - 1));
    counts.validation += validation;
    counts.test += test;
    counts.training += imageCount - validation - test;
  }
  return { counts, isExact: false };
}

/** In whole pictures: at least one where a class has enough of them, and never all. The engine rounds the same way. */
function shareOf(imageCount: number, fraction: number, fewestForOne: number): number {
  if (fraction === 0 || imageCount < fewestForOne) return 0;
  return Math.min(Math.max(1, Math.round(imageCount * fraction)), imageCount - 1);
}

/** How many times as many pictures the largest class has as the smallest; 1 where there is nothing to compare. */
export function imbalanceOf({ classes }: DatasetSummary): number {
  const counts = classes.map(({ imageCount }) => imageCount).filter((count) => count > 0);
  return counts.length < 2 ? 1 : Math.max(...counts) / Math.min(...counts);
}
