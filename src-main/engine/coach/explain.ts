/** The chosen setting in one sentence with its numbers. */
import type { TrainConfig } from '../../contract/training.ts';
import type { Dials } from './dials.ts';
import type { Measured } from './measure.ts';
import { normalQuantile, pairedDifference } from './statistics.ts';
import { capital, figure, percent } from './step-result.ts';

/** Probability that some setting of a search looks better than the present one by luck alone. */
const ERROR_PROBABILITY = 0.05;

/** Whether a search has found something better than what there is, or noise. */
export interface Comparison {
  readonly best: Measured;
  readonly baseline: Measured;
  /** Difference of the accuracies on the same pictures, in standard errors of that difference. */
  readonly z: number;
  /** From here on it counts: with many settings, some look good by luck (Šidák's correction). */
  readonly threshold: number;
  readonly settingCount: number;
  readonly isBetter: boolean;
}

/** @param settingCount  settings that were tried beside the baseline. */
export function compareSettings(best: Measured, baseline: Measured, settingCount: number): Comparison {
  const { z } = pairedDifference(best.rightShares, baseline.rightShares);
  const threshold = normalQuantile(1 - (1 - ERROR_PROBABILITY) ** (1 / Math.max(1, settingCount)));
  return { best, baseline, z, threshold, settingCount, isBetter: best !== baseline && z > threshold };
}

/**
 * @param started  the settings that the coach was given; `comparison` may start from others, where those cannot be trained.
 * @param words    which pictures checked.
 */
export function explainChoice(
  dials: Dials,
  { best, baseline, z, threshold, settingCount, isBetter }: Comparison,
  started: TrainConfig,
  words: string,
): string {
  const chosen = isBetter ? best : baseline;
  const own = `${accuracyWords(baseline)} with ${settingWords(dials, baseline.config)}`;
  const startedRate = dials.read(started).learningRate;
  const isReplaced = startedRate !== dials.read(baseline.config).learningRate;
  const instead = isReplaced
    ? `, instead of ${dials.rateName} ${figure(startedRate)}, with which the loss does not fall as it should`
    : '';
  if (best === baseline) {
    const nothing = `none of ${settingCount} other settings did better (${words})`;
    return `${capital(settingWords(dials, chosen.config))}${instead}: ${accuracyWords(chosen)}; ${nothing}.`;
  }
  const apart = `${Math.max(0, z).toFixed(1)} standard errors apart`;
  const noise = `among ${settingCount} settings, less than ${figure(threshold)} is luck`;
  if (isBetter) {
    return `${capital(settingWords(dials, best.config))}${instead}: ${accuracyWords(best)}, against ${own}, ${apart} (${words}).`;
  }
  const kept = isReplaced ? 'the second is proposed' : 'kept the settings as they are';
  return `${capital(settingWords(dials, best.config))}: ${accuracyWords(best)}, against ${own}${instead}, ${apart}: ${kept}, since ${noise} (${words}).`;
}

/** "learning rate 0.001, weight decay 0.01, initialisation he and dropout 0.2". */
export function settingWords({ rateName, read }: Dials, config: TrainConfig): string {
  const { learningRate, weightDecay, initialisation, dropout } = read(config);
  const parts = [`${rateName} ${figure(learningRate)}`, `weight decay ${figure(weightDecay)}`];
  if (initialisation !== null) parts.push(`initialisation ${initialisation}`);
  if (dropout !== null) parts.push(`dropout ${figure(dropout)}`);
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function accuracyWords({ accuracy, standardError }: Measured): string {
  return `${percent(accuracy)} ± ${(100 * standardError).toFixed(1)}`;
}
